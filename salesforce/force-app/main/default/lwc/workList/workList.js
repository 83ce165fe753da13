import { LightningElement, api, wire } from 'lwc';
import { graphql } from 'lightning/graphql';
import { countOf, pageAddress, pageOf, reasonsOf, recordsOf, valueOf } from 'c/readings';
import { LISTS } from './lists';

const PAGE = 10;
const CLASSES = { amount: 'number', number: 'number', day: 'day' };

/** The reader's own day, some days on; Canadian English writes dates as fields hold them. */
export const dayFromNow = (days) => {
    const day = new Date();
    day.setDate(day.getDate() + days);
    return day.toLocaleDateString('en-CA');
};

const cellOf = (record, { label, path, kind, parent }) => {
    const value = valueOf(record, path);
    const there = value !== null && value !== '';
    return {
        key: label,
        value,
        class: CLASSES[kind] ?? 'slds-cell-wrap',
        address: parent ? pageAddress(parent, record[path.split('.')[0]]?.Id) : '',
        isLink: there && Boolean(parent),
        isAmount: there && kind === 'amount',
        isDay: there && kind === 'day'
    };
};

/** One list of work that waits for a job: which one says `list`, page by page, the most urgent first. */
export default class WorkList extends LightningElement {
    @api list;
    @api pageSize = PAGE;
    cursors = [null];

    @wire(graphql, { query: '$query', variables: '$variables' })
    answer;

    get shown() {
        return LISTS[this.list];
    }

    get isUnknown() {
        return !this.shown;
    }

    get query() {
        return this.shown?.query;
    }

    get variables() {
        if (!this.shown) {
            return undefined;
        }
        const after = this.cursors[this.cursors.length - 1];
        return { first: Number(this.pageSize), after, ...this.shown.filter?.(dayFromNow) };
    }

    get title() {
        return this.isRead ? `${this.shown.title} (${this.total})` : (this.shown?.title ?? 'Work list');
    }

    get icon() {
        return this.shown?.icon ?? 'standard:default';
    }

    get reason() {
        return reasonsOf(this.answer?.errors);
    }

    get isRead() {
        return Boolean(this.shown && this.answer?.data);
    }

    get isLoading() {
        return !this.reason && !this.isUnknown && !this.answer?.data;
    }

    get total() {
        return countOf(this.answer?.data, this.shown.objectApiName);
    }

    get columns() {
        return this.shown.columns.map(({ label, kind }) => ({ label, class: CLASSES[kind] ?? '' }));
    }

    get rows() {
        const { objectApiName, columns } = this.shown;
        return recordsOf(this.answer?.data, objectApiName).map((record) => ({
            id: record.Id,
            address: pageAddress(objectApiName, record.Id),
            name: valueOf(record, columns[0].path) ?? record.Id,
            cells: columns.slice(1).map((column) => cellOf(record, column))
        }));
    }

    get hasRows() {
        return this.isRead && this.rows.length > 0;
    }

    get isPaged() {
        return this.total > Number(this.pageSize);
    }

    get position() {
        const start = (this.cursors.length - 1) * Number(this.pageSize);
        return `${start + 1} to ${start + this.rows.length} of ${this.total}`;
    }

    get isFirst() {
        return this.cursors.length === 1;
    }

    get isLast() {
        return !pageOf(this.answer?.data, this.shown.objectApiName).hasNextPage;
    }

    goBack() {
        if (!this.isFirst) {
            this.cursors = this.cursors.slice(0, -1);
        }
    }

    goOn() {
        if (!this.isLast) {
            this.cursors = [...this.cursors, pageOf(this.answer.data, this.shown.objectApiName).endCursor];
        }
    }
}
