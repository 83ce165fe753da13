import { gql } from 'lightning/graphql';

/** What waits for who cares for trucks. */
export const LISTS_OF_ASSETS = {
    repossessionsToDecide: {
        title: 'Repossessions to be decided',
        icon: 'standard:decision',
        objectApiName: 'Case',
        nothing: 'No repossession waits for a decision.',
        columns: [
            { label: 'Case', path: 'CaseNumber' },
            { label: 'Account', path: 'Lease_Account__r.Name', parent: 'Lease_Account__c' },
            { label: 'Vehicle', path: 'Vehicle__r.Name', parent: 'Vehicle__c' },
            { label: 'Stage', path: 'Repossession_Stage__c' },
            { label: 'Days past due', path: 'Days_Past_Due__c', kind: 'number' },
            { label: 'Would leave', path: 'Estimated_Recovery__c', kind: 'amount' },
            { label: 'Blocked by', path: 'Order_Blocked_By__c' }
        ],
        query: gql`
            query repossessionsToDecide($first: Int, $after: String) {
                uiapi {
                    query {
                        Case(
                            where: { IsClosed: { eq: false }, Repossession_Stage__c: { in: ["Requested", "Under Review"] } }
                            orderBy: { Repossession_Requested__c: { order: ASC, nulls: LAST } }
                            first: $first
                            after: $after
                        ) {
                            totalCount
                            pageInfo { hasNextPage endCursor }
                            edges {
                                node {
                                    Id
                                    CaseNumber { value }
                                    Lease_Account__r { Id Name { value } }
                                    Vehicle__r { Id Name { value } }
                                    Repossession_Stage__c { value }
                                    Days_Past_Due__c { value }
                                    Estimated_Recovery__c { value }
                                    Order_Blocked_By__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `
    },
    workOrdersToApprove: {
        title: 'Work orders to approve',
        icon: 'standard:work_order',
        objectApiName: 'Asset_Work_Order__c',
        nothing: 'No work order waits for approval.',
        columns: [
            { label: 'Work order', path: 'Name' },
            { label: 'Vehicle', path: 'Vehicle__r.Name', parent: 'Vehicle__c' },
            { label: 'Kind', path: 'Kind__c' },
            { label: 'Vendor', path: 'Vendor__c' },
            { label: 'Estimate', path: 'Estimate__c', kind: 'amount' },
            { label: 'Amount', path: 'Amount__c', kind: 'amount' },
            { label: 'Done', path: 'Done_Date__c', kind: 'day' }
        ],
        query: gql`
            query workOrdersToApprove($first: Int, $after: String) {
                uiapi {
                    query {
                        Asset_Work_Order__c(
                            where: { Status__c: { eq: "Open" } }
                            orderBy: { CreatedDate: { order: ASC, nulls: LAST } }
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
                                    Kind__c { value }
                                    Vendor__c { value }
                                    Estimate__c { value }
                                    Amount__c { value }
                                    Done_Date__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `
    },
    approvedWorkOrders: {
        title: 'Approved work orders',
        icon: 'standard:work_order',
        objectApiName: 'Asset_Work_Order__c',
        nothing: 'No work order was approved yet.',
        columns: [
            { label: 'Work order', path: 'Name' },
            { label: 'Vehicle', path: 'Vehicle__r.Name', parent: 'Vehicle__c' },
            { label: 'Kind', path: 'Kind__c' },
            { label: 'Vendor', path: 'Vendor__c' },
            { label: 'Amount', path: 'Amount__c', kind: 'amount' },
            { label: 'Approved', path: 'Decided_At__c', kind: 'day' },
            { label: 'By', path: 'Decided_By__c' }
        ],
        query: gql`
            query approvedWorkOrders($first: Int, $after: String) {
                uiapi {
                    query {
                        Asset_Work_Order__c(
                            where: { Status__c: { eq: "Approved" } }
                            orderBy: { Decided_At__c: { order: DESC, nulls: LAST } }
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
                                    Kind__c { value }
                                    Vendor__c { value }
                                    Amount__c { value }
                                    Decided_At__c { value }
                                    Decided_By__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `
    },
    overdueTitles: {
        title: 'Titles that are late',
        icon: 'standard:document',
        objectApiName: 'Vehicle__c',
        nothing: 'No title is late.',
        columns: [
            { label: 'Vehicle', path: 'Name' },
            { label: 'Account', path: 'Lease_Account__r.Name', parent: 'Lease_Account__c' },
            { label: 'Title', path: 'Title_Status__c' },
            { label: 'State', path: 'Title_State__c' },
            { label: 'What is late', path: 'Title_Reminder__c' }
        ],
        query: gql`
            query overdueTitles($first: Int, $after: String) {
                uiapi {
                    query {
                        Vehicle__c(
                            where: { Title_Reminder__c: { ne: null } }
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
                                    Title_Status__c { value }
                                    Title_State__c { value }
                                    Title_Reminder__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `
    },
    inventory: {
        title: 'Inventory',
        icon: 'standard:product_item',
        objectApiName: 'Vehicle__c',
        nothing: 'No vehicle is in the inventory.',
        columns: [
            { label: 'Vehicle', path: 'Name' },
            { label: 'What', path: 'Year_Make_Model__c' },
            { label: 'Where', path: 'Storage_Place__c' },
            { label: 'Condition', path: 'Condition__c' },
            { label: 'Market value', path: 'Market_Value__c', kind: 'amount' },
            { label: 'Title', path: 'Title_Status__c' },
            { label: 'For sale from', path: 'Earliest_Sale_Date__c', kind: 'day' }
        ],
        query: gql`
            query inventory($first: Int, $after: String) {
                uiapi {
                    query {
                        Vehicle__c(
                            where: { Disposition__c: { in: ["INVENTORY", "REMARKETING"] } }
                            orderBy: { Earliest_Sale_Date__c: { order: ASC, nulls: LAST } }
                            first: $first
                            after: $after
                        ) {
                            totalCount
                            pageInfo { hasNextPage endCursor }
                            edges {
                                node {
                                    Id
                                    Name { value }
                                    Year_Make_Model__c { value }
                                    Storage_Place__c { value }
                                    Condition__c { value }
                                    Market_Value__c { value }
                                    Title_Status__c { value }
                                    Earliest_Sale_Date__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `
    },
    repairsUnderWay: {
        title: 'Repairs under way',
        icon: 'standard:maintenance_plan',
        objectApiName: 'Repair_Order__c',
        nothing: 'No repair is under way.',
        columns: [
            { label: 'Repair order', path: 'Name' },
            { label: 'Vehicle', path: 'Vehicle__r.Name', parent: 'Vehicle__c' },
            { label: 'Status', path: 'Status__c' },
            { label: 'Shop', path: 'Repair_Vendor__c' },
            { label: 'Expected', path: 'Expected_Finish__c', kind: 'day' },
            { label: 'Total', path: 'Grand_Total__c', kind: 'amount' }
        ],
        query: gql`
            query repairsUnderWay($first: Int, $after: String) {
                uiapi {
                    query {
                        Repair_Order__c(
                            where: { Finished__c: { eq: null }, Status__c: { in: ["Open", "In Progress"] } }
                            orderBy: { Order_Created__c: { order: ASC, nulls: LAST } }
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
                                    Status__c { value }
                                    Repair_Vendor__c { value }
                                    Expected_Finish__c { value }
                                    Grand_Total__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `
    }
};
