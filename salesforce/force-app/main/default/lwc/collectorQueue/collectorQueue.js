import { LightningElement, api, wire } from 'lwc';
import { gql, graphql } from 'lightning/graphql';
import userId from '@salesforce/user/Id';
import { countOf, pageAddress, pageOf, reasonsOf, recordsOf, valueOf } from 'c/readings';
import { reasonsFor } from './reasons';

const ALL = 'all';
const MINE = 'mine';
const COLLECTOR = 'collector:';
const KEYS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

/**
 * The open delinquency cases in the order of work: by priority, then by days past due, with the reasons of each (P02).
 * Arrow keys, Home and End move from case to case, Page Down and Page Up from page to page, Enter opens one.
 */
export default class CollectorQueue extends LightningElement {
    @api scope = ALL;
    @api pageSize = 25;
    chosen;
    cursors = [null];

    @wire(graphql, {
        query: gql`
            query collectorQueue($first: Int, $after: String, $filter: Case_Filter) {
                uiapi {
                    query {
                        Case(
                            where: { and: [{ RecordType: { DeveloperName: { eq: "Delinquency" } } }, $filter] }
                            orderBy: { Priority: { order: ASC, nulls: LAST }, Days_Past_Due__c: { order: DESC, nulls: LAST }, Past_Due_Amount__c: { order: DESC, nulls: LAST } }
                            first: $first
                            after: $after
                        ) {
                            totalCount
                            pageInfo { hasNextPage endCursor }
                            edges {
                                node {
                                    Id
                                    CaseNumber { value }
                                    Status { value }
                                    Priority { value }
                                    Days_Past_Due__c { value }
                                    Past_Due_Amount__c { value }
                                    Times_Reopened__c { value }
                                    Account { Name { value } }
                                    Lease_Account__r {
                                        Id
                                        Name { value }
                                        Collector__c { value }
                                        Last_Broken_Promise__c { value }
                                        Open_Promise_Date__c { value }
                                        Open_Promise_Amount__c { value }
                                        Promises_Broken__c { value }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        `,
        variables: '$variables'
    })
    answer;

    @wire(graphql, {
        query: gql`
            query collectors {
                uiapi {
                    aggregate {
                        Lease_Account__c(
                            where: { Days_Past_Due__c: { gt: 0 } }
                            groupBy: { Collector__c: { group: true } }
                            first: 200
                        ) {
                            edges { node { aggregate { Collector__c { value } } } }
                        }
                    }
                }
            }
        `
    })
    collectors;

    get selected() {
        return this.chosen ?? this.scope ?? ALL;
    }

    get scopes() {
        const edges = this.collectors?.data?.uiapi?.aggregate?.Lease_Account__c?.edges ?? [];
        const codes = edges.map((edge) => valueOf(edge.node.aggregate, 'Collector__c')).filter(Boolean);
        return [
            { label: 'All collectors', value: ALL },
            { label: 'My cases', value: MINE },
            ...codes.sort().map((code) => ({ label: `Collector ${code}`, value: `${COLLECTOR}${code}` }))
        ].map((each) => ({ ...each, selected: each.value === this.selected }));
    }

    get filter() {
        const open = { IsClosed: { eq: false } };
        if (this.selected === MINE) {
            return { ...open, OwnerId: { eq: userId } };
        }
        if (this.selected.startsWith(COLLECTOR)) {
            return { ...open, Lease_Account__r: { Collector__c: { eq: this.selected.slice(COLLECTOR.length) } } };
        }
        return open;
    }

    get variables() {
        const after = this.cursors[this.cursors.length - 1];
        return { first: Number(this.pageSize), after, filter: this.filter };
    }

    get reason() {
        return reasonsOf(this.answer?.errors);
    }

    get isLoading() {
        return !this.reason && !this.answer?.data;
    }

    get rows() {
        // The reader's own day; Canadian English writes dates as fields hold them.
        const today = new Date().toLocaleDateString('en-CA');
        return recordsOf(this.answer?.data, 'Case').map((record) => ({
            id: record.Id,
            address: pageAddress('Case', record.Id),
            number: valueOf(record, 'CaseNumber'),
            status: valueOf(record, 'Status'),
            priority: valueOf(record, 'Priority'),
            lessee: valueOf(record, 'Account.Name'),
            account: valueOf(record, 'Lease_Account__r.Name'),
            accountAddress: pageAddress('Lease_Account__c', record.Lease_Account__r?.Id),
            collector: valueOf(record, 'Lease_Account__r.Collector__c'),
            days: valueOf(record, 'Days_Past_Due__c'),
            pastDue: valueOf(record, 'Past_Due_Amount__c'),
            reasons: reasonsFor(record, today)
        }));
    }

    get hasRows() {
        return this.rows.length > 0;
    }

    get position() {
        const start = (this.cursors.length - 1) * Number(this.pageSize);
        return `${start + 1} to ${start + this.rows.length} of ${countOf(this.answer?.data, 'Case')} open cases`;
    }

    get isFirst() {
        return this.cursors.length === 1;
    }

    get isLast() {
        return !pageOf(this.answer?.data, 'Case').hasNextPage;
    }

    choose(event) {
        this.chosen = event.target.value;
        this.cursors = [null];
    }

    goBack() {
        if (!this.isFirst) {
            this.cursors = this.cursors.slice(0, -1);
        }
    }

    goOn() {
        if (!this.isLast) {
            this.cursors = [...this.cursors, pageOf(this.answer.data, 'Case').endCursor];
        }
    }

    move(event) {
        const step = KEYS[event.key];
        if (step !== undefined) {
            event.preventDefault();
            this.focusAt(step);
        } else if (event.key === 'PageDown' || event.key === 'PageUp') {
            event.preventDefault();
            const turn = event.key === 'PageDown' ? this.goOn : this.goBack;
            turn.call(this);
        }
    }

    focusAt(step) {
        const links = [...this.template.querySelectorAll('a.case')];
        const here = links.indexOf(this.template.activeElement);
        links[Math.min(Math.max(here + step, 0), links.length - 1)]?.focus();
    }
}
