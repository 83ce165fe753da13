import { gql } from 'lightning/graphql';

/** What waits for who collects and who supervises. */
export const LISTS_OF_COLLECTIONS = {
    openPromises: {
        title: 'Open promises',
        icon: 'standard:task2',
        objectApiName: 'Promise_To_Pay__c',
        nothing: 'No promise is open.',
        columns: [
            { label: 'Promise', path: 'Name' },
            { label: 'Account', path: 'Lease_Account__r.Name', parent: 'Lease_Account__c' },
            { label: 'Promised for', path: 'Promised_Date__c', kind: 'day' },
            { label: 'Amount', path: 'Amount__c', kind: 'amount' },
            { label: 'Paid', path: 'Paid_Amount__c', kind: 'amount' },
            { label: 'Taken by', path: 'Taken_By__c' }
        ],
        query: gql`
            query openPromises($first: Int, $after: String) {
                uiapi {
                    query {
                        Promise_To_Pay__c(
                            where: { Status__c: { eq: "Open" } }
                            orderBy: { Promised_Date__c: { order: ASC, nulls: LAST } }
                            first: $first
                            after: $after
                        ) {
                            totalCount
                            pageInfo { hasNextPage endCursor }
                            edges {
                                node {
                                    Id
                                    Name { value }
                                    Lease_Account__r { Id Name { value } }
                                    Promised_Date__c { value }
                                    Amount__c { value }
                                    Paid_Amount__c { value }
                                    Taken_By__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `
    },
    brokenPromises: {
        title: 'Broken promises, 14 days',
        icon: 'standard:task2',
        objectApiName: 'Promise_To_Pay__c',
        nothing: 'No promise was broken in the last 14 days.',
        filter: (day) => ({ filter: { Decided_Date__c: { gte: { value: day(-14) } } } }),
        columns: [
            { label: 'Promise', path: 'Name' },
            { label: 'Account', path: 'Lease_Account__r.Name', parent: 'Lease_Account__c' },
            { label: 'Promised for', path: 'Promised_Date__c', kind: 'day' },
            { label: 'Amount', path: 'Amount__c', kind: 'amount' },
            { label: 'Paid', path: 'Paid_Amount__c', kind: 'amount' },
            { label: 'Taken by', path: 'Taken_By__c' }
        ],
        query: gql`
            query brokenPromises($first: Int, $after: String, $filter: Promise_To_Pay__c_Filter) {
                uiapi {
                    query {
                        Promise_To_Pay__c(
                            where: { and: [{ Status__c: { eq: "Broken" } }, $filter] }
                            orderBy: { Decided_Date__c: { order: DESC, nulls: LAST } }
                            first: $first
                            after: $after
                        ) {
                            totalCount
                            pageInfo { hasNextPage endCursor }
                            edges {
                                node {
                                    Id
                                    Name { value }
                                    Lease_Account__r { Id Name { value } }
                                    Promised_Date__c { value }
                                    Amount__c { value }
                                    Paid_Amount__c { value }
                                    Taken_By__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `
    },
    followUps: {
        title: 'Visits to follow up',
        icon: 'standard:visits',
        objectApiName: 'Field_Visit__c',
        nothing: 'No visit is to be followed up in the next 7 days.',
        filter: (day) => ({ filter: { and: [{ Follow_Up_Date__c: { gte: { value: day(-14) } } }, { Follow_Up_Date__c: { lte: { value: day(7) } } }] } }),
        columns: [
            { label: 'Visit', path: 'Name' },
            { label: 'Account', path: 'Lease_Account__r.Name', parent: 'Lease_Account__c' },
            { label: 'Follow up', path: 'Follow_Up_Date__c', kind: 'day' },
            { label: 'What came of it', path: 'Disposition__c' },
            { label: 'Rep', path: 'Rep__c' }
        ],
        query: gql`
            query followUps($first: Int, $after: String, $filter: Field_Visit__c_Filter) {
                uiapi {
                    query {
                        Field_Visit__c(
                            where: $filter
                            orderBy: { Follow_Up_Date__c: { order: ASC, nulls: LAST } }
                            first: $first
                            after: $after
                        ) {
                            totalCount
                            pageInfo { hasNextPage endCursor }
                            edges {
                                node {
                                    Id
                                    Name { value }
                                    Lease_Account__r { Id Name { value } }
                                    Follow_Up_Date__c { value }
                                    Disposition__c { value }
                                    Rep__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `
    },
    holds: {
        title: 'Holds in force',
        icon: 'standard:skill_requirement',
        objectApiName: 'Hold__c',
        nothing: 'No account is on hold.',
        columns: [
            { label: 'Hold', path: 'Name' },
            { label: 'Account', path: 'Lease_Account__r.Name', parent: 'Lease_Account__c' },
            { label: 'Kind', path: 'Kind__c' },
            { label: 'From', path: 'From__c', kind: 'day' },
            { label: 'Until', path: 'Until__c', kind: 'day' },
            { label: 'Reason', path: 'Reason__c' }
        ],
        query: gql`
            query holds($first: Int, $after: String) {
                uiapi {
                    query {
                        Hold__c(
                            where: { In_Force__c: { eq: true } }
                            orderBy: { Until__c: { order: ASC, nulls: LAST } }
                            first: $first
                            after: $after
                        ) {
                            totalCount
                            pageInfo { hasNextPage endCursor }
                            edges {
                                node {
                                    Id
                                    Name { value }
                                    Lease_Account__r { Id Name { value } }
                                    Kind__c { value }
                                    From__c { value }
                                    Until__c { value }
                                    Reason__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `
    }
};
