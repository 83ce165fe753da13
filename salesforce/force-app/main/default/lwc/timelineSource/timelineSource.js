import { LightningElement, api, wire } from 'lwc';
import { graphql } from 'lightning/graphql';
import { countOf, reasonsOf, recordsOf } from 'c/readings';

/**
 * Asks for the newest records of one kind and tells the timeline of them in an event `read`, whose detail is
 * `{name, entries, count, reason}`. Each kind has a query of its own, so that one that a reader may not see does not
 * hide the others.
 */
export default class TimelineSource extends LightningElement {
    @api source;
    @api accountId;
    @api first;

    @wire(graphql, { query: '$query', variables: '$variables' })
    take({ data, errors }) {
        if (data || errors) {
            this.dispatchEvent(new CustomEvent('read', { detail: this.reading(data, errors) }));
        }
    }

    get query() {
        return this.source?.query;
    }

    get variables() {
        return this.accountId ? { accountId: this.accountId, first: this.first } : undefined;
    }

    reading(data, errors) {
        const { name, objectApiName, toEntry } = this.source;
        const entries = recordsOf(data, objectApiName).map((record) => ({ name, id: record.Id, ...toEntry(record) }));
        return { name, entries, count: countOf(data, objectApiName), reason: reasonsOf(errors) };
    }
}
