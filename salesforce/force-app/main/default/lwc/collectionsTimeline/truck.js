import { gql } from 'lightning/graphql';
import { valueOf } from 'c/readings';
import { amount, day, filled, words } from './facts';

const STEP = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}) UTC {2}(.+?) -> (.+?): (.*)$/;
const BAD_ENDS = ['Failed Attempt', 'Lost'];
const GOOD_ENDS = ['Repossessed', 'Sold', 'Closed'];

const markOf = (stage) => {
    if (BAD_ENDS.includes(stage)) {
        return 'slds-theme_error';
    }
    return GOOD_ENDS.includes(stage) ? 'slds-theme_success' : '';
};

/** The steps of a repossession, as Drawbar keeps them on its case: one line for each. */
export const stepsOf = (history) =>
    (history ?? '')
        .split('\n')
        .map((line) => STEP.exec(line.trim()))
        .filter(Boolean)
        .map(([, date, time, , stage, how]) => ({ at: `${date}T${time}:00.000Z`, stage, how }));

/** What happens to the truck: repairs, the steps of repossessions, and sales. */
export const TRUCK = [
    {
        name: 'repairs',
        label: 'Repairs',
        objectApiName: 'Repair_Order__c',
        query: gql`
            query timelineRepairs($accountId: ID, $first: Int) {
                uiapi {
                    query {
                        Repair_Order__c(
                            where: { Vehicle__r: { Lease_Account__c: { eq: $accountId } } }
                            orderBy: { Order_Created__c: { order: DESC, nulls: LAST } }
                            first: $first
                        ) {
                            totalCount
                            edges {
                                node {
                                    Id
                                    Name { value }
                                    Order_Created__c { value }
                                    Finished__c { value }
                                    Status__c { value }
                                    Repair_Vendor__c { value }
                                    Grand_Total__c { value }
                                    Audit__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `,
        toEntry(record) {
            return {
                at: valueOf(record, 'Order_Created__c'),
                icon: 'utility:maintenance_plan',
                title: `Repair order ${valueOf(record, 'Name')}`,
                badge: valueOf(record, 'Status__c'),
                facts: filled([
                    amount('Total', valueOf(record, 'Grand_Total__c')),
                    words('Shop', valueOf(record, 'Repair_Vendor__c')),
                    day('Finished', valueOf(record, 'Finished__c')),
                    words('Audit', valueOf(record, 'Audit__c'))
                ])
            };
        }
    },
    {
        name: 'repossessions',
        label: 'Repossession steps',
        objectApiName: 'Case',
        query: gql`
            query timelineRepossessions($accountId: ID, $first: Int) {
                uiapi {
                    query {
                        Case(
                            where: { Lease_Account__c: { eq: $accountId }, RecordType: { DeveloperName: { eq: "Repossession" } } }
                            orderBy: { Repossession_Requested__c: { order: DESC, nulls: LAST } }
                            first: $first
                        ) {
                            totalCount
                            edges {
                                node {
                                    Id
                                    CaseNumber { value }
                                    Repossession_Requested__c { value }
                                    Repossession_Stage__c { value }
                                    Repossession_History__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `,
        toEntries(record) {
            const facts = filled([words('Case', valueOf(record, 'CaseNumber'))]);
            const common = { icon: 'utility:transport_heavy_truck', facts };
            const steps = stepsOf(valueOf(record, 'Repossession_History__c'));
            if (!steps.length) {
                const stage = valueOf(record, 'Repossession_Stage__c');
                return [{ ...common, at: valueOf(record, 'Repossession_Requested__c'), title: 'Repossession', badge: stage }];
            }
            return steps.map(({ at, stage, how }) => ({
                ...common, at, title: 'Repossession', badge: stage, badgeClass: markOf(stage), body: how
            }));
        }
    },
    {
        name: 'sales',
        label: 'Sales',
        objectApiName: 'Sale__c',
        query: gql`
            query timelineSales($accountId: ID, $first: Int) {
                uiapi {
                    query {
                        Sale__c(
                            where: { Vehicle__r: { Lease_Account__c: { eq: $accountId } } }
                            orderBy: { Sale_Date__c: { order: DESC, nulls: FIRST } }
                            first: $first
                        ) {
                            totalCount
                            edges {
                                node {
                                    Id
                                    CreatedDate { value }
                                    Sale_Date__c { value }
                                    Status__c { value }
                                    Buyer__c { value }
                                    Channel__c { value }
                                    Price__c { value }
                                    Vehicle__r { Name { value } }
                                }
                            }
                        }
                    }
                }
            }
        `,
        toEntry(record) {
            const status = valueOf(record, 'Status__c');
            return {
                at: valueOf(record, 'Sale_Date__c') ?? valueOf(record, 'CreatedDate'),
                icon: 'utility:cart',
                title: `Sale of ${valueOf(record, 'Vehicle__r.Name') ?? 'the vehicle'}`,
                badge: status,
                badgeClass: status === 'Accepted' ? 'slds-theme_success' : '',
                facts: filled([
                    amount('Price', valueOf(record, 'Price__c')),
                    words('Buyer', valueOf(record, 'Buyer__c')),
                    words('Sold by', valueOf(record, 'Channel__c'))
                ])
            };
        }
    }
];
