import { gql } from 'lightning/graphql';

/** What waits for who keeps accounts. */
export const LISTS_OF_ACCOUNTING = {
    sales: {
        title: 'Sales',
        icon: 'standard:sales_cadence',
        objectApiName: 'Sale__c',
        nothing: 'Nothing was sold yet.',
        columns: [
            { label: 'Sale', path: 'Name' },
            { label: 'Vehicle', path: 'Vehicle__r.Name', parent: 'Vehicle__c' },
            { label: 'Sold', path: 'Sale_Date__c', kind: 'day' },
            { label: 'Buyer', path: 'Buyer__c' },
            { label: 'Price', path: 'Price__c', kind: 'amount' },
            { label: 'Fee', path: 'Fee__c', kind: 'amount' },
            { label: 'Status', path: 'Status__c' }
        ],
        query: gql`
            query sales($first: Int, $after: String) {
                uiapi {
                    query {
                        Sale__c(
                            where: { Submitted__c: { eq: true } }
                            orderBy: { Sale_Date__c: { order: DESC, nulls: LAST } }
                            first: $first
                            after: $after
                        ) {
                            totalCount
                            pageInfo { hasNextPage endCursor }
                            edges {
                                node {
                                    Id
                                    Name { value }
                                    Vehicle__r { Id Name { value } }
                                    Sale_Date__c { value }
                                    Buyer__c { value }
                                    Price__c { value }
                                    Fee__c { value }
                                    Status__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `
    },
    reviewsToSign: {
        title: 'Reviews to sign off',
        icon: 'standard:approval',
        objectApiName: 'Account_Review__c',
        nothing: 'No review waits for its sign-off.',
        columns: [
            { label: 'Review', path: 'Name' },
            { label: 'Account', path: 'Lease_Account__r.Name', parent: 'Lease_Account__c' },
            { label: 'Proceeds', path: 'Proceeds__c', kind: 'amount' },
            { label: 'Debt', path: 'Debt__c', kind: 'amount' },
            { label: 'Deficiency', path: 'Deficiency__c', kind: 'amount' },
            { label: 'Surplus', path: 'Surplus__c', kind: 'amount' }
        ],
        query: gql`
            query reviewsToSign($first: Int, $after: String) {
                uiapi {
                    query {
                        Account_Review__c(
                            where: { Status__c: { eq: "Waiting" } }
                            orderBy: { Name: { order: ASC, nulls: LAST } }
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
                                    Proceeds__c { value }
                                    Debt__c { value }
                                    Deficiency__c { value }
                                    Surplus__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `
    },
    reversedPayments: {
        title: 'Reversed payments, 30 days',
        icon: 'standard:partner_fund_claim',
        objectApiName: 'Payment__c',
        nothing: 'No payment was reversed in the last 30 days.',
        filter: (day) => ({ filter: { Reversed_Date__c: { gte: { value: day(-30) } } } }),
        columns: [
            { label: 'Payment', path: 'Name' },
            { label: 'Account', path: 'Lease_Account__r.Name', parent: 'Lease_Account__c' },
            { label: 'Amount', path: 'Amount__c', kind: 'amount' },
            { label: 'Paid', path: 'Effective_Date__c', kind: 'day' },
            { label: 'Reversed', path: 'Reversed_Date__c', kind: 'day' },
            { label: 'Why', path: 'Reversal_Reason__c' }
        ],
        query: gql`
            query reversedPayments($first: Int, $after: String, $filter: Payment__c_Filter) {
                uiapi {
                    query {
                        Payment__c(
                            where: $filter
                            orderBy: { Reversed_Date__c: { order: DESC, nulls: LAST } }
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
                                    Amount__c { value }
                                    Effective_Date__c { value }
                                    Reversed_Date__c { value }
                                    Reversal_Reason__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `
    },
    purchasesThatDiffer: {
        title: 'Purchases that differ',
        icon: 'standard:order_item',
        objectApiName: 'Purchase_Order__c',
        nothing: 'Every purchase order adds up.',
        columns: [
            { label: 'Purchase order', path: 'Name' },
            { label: 'Supplier', path: 'Supplier__c' },
            { label: 'Received', path: 'Received__c', kind: 'day' },
            { label: 'Total', path: 'Grand_Total__c', kind: 'amount' },
            { label: 'Audit', path: 'Audit__c' }
        ],
        query: gql`
            query purchasesThatDiffer($first: Int, $after: String) {
                uiapi {
                    query {
                        Purchase_Order__c(
                            where: { Audit__c: { eq: "Differs" } }
                            orderBy: { Received__c: { order: DESC, nulls: LAST } }
                            first: $first
                            after: $after
                        ) {
                            totalCount
                            pageInfo { hasNextPage endCursor }
                            edges {
                                node {
                                    Id
                                    Name { value }
                                    Supplier__c { value }
                                    Received__c { value }
                                    Grand_Total__c { value }
                                    Audit__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `
    }
};
