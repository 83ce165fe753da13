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
        const { name, objectApiName, toEntry, toEntries = (record) => [toEntry(record)] } = this.source;
        const records = recordsOf(data, objectApiName);
        const entries = records.flatMap((record) =>
            toEntries(record).map((entry, at) => ({ name, id: `${record.Id}-${at}`, recordId: record.Id, ...entry }))
        );
        const unread = countOf(data, objectApiName) - records.length;
        return { name, entries, count: entries.length + unread, reason: reasonsOf(errors) };
    }
}
