import { gql } from 'lightning/graphql';
import { valueOf } from 'c/readings';
import { CONTACTS } from './contacts';
import { amount, day, filled, words } from './facts';
import { TRUCK } from './truck';

const OUTCOMES = {
    Kept: 'slds-theme_success',
    'Partly Kept': 'slds-theme_warning',
    Broken: 'slds-theme_error'
};

const NOTE_ICONS = { Phone: 'utility:call', Text: 'utility:sms', Email: 'utility:email', System: 'utility:settings' };

/**
 * What the timeline shows, one entry for each kind of record. A query takes `$accountId` and `$first`, sorts newest
 * first and gives `totalCount`; `toEntry` says of one record when it happened (`at`, a date or a moment), its title,
 * its facts, and where it fits a badge. A record on which several things happened has `toEntries`, which gives a list.
 * Another kind of record is another entry of this list.
 */
export const SOURCES = [
    {
        name: 'payments',
        label: 'Payments',
        objectApiName: 'Payment__c',
        query: gql`
            query timelinePayments($accountId: ID, $first: Int) {
                uiapi {
                    query {
                        Payment__c(
                            where: { Lease_Account__c: { eq: $accountId } }
                            orderBy: { Effective_Date__c: { order: DESC, nulls: LAST } }
                            first: $first
                        ) {
                            totalCount
                            edges {
                                node {
                                    Id
                                    Amount__c { value }
                                    Effective_Date__c { value }
                                    Method__c { value }
                                    Reference__c { value }
                                    Is_Reversed__c { value }
                                    Reversed_Date__c { value }
                                    Reversal_Reason__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `,
        toEntry(record) {
            const reversed = valueOf(record, 'Is_Reversed__c');
            return {
                at: valueOf(record, 'Effective_Date__c'),
                icon: 'utility:moneybag',
                title: reversed ? 'Payment, reversed' : 'Payment',
                badge: reversed ? 'Reversed' : '',
                badgeClass: 'slds-theme_error',
                facts: filled([
                    amount('Amount', valueOf(record, 'Amount__c')),
                    words('Method', valueOf(record, 'Method__c')),
                    words('Reference', valueOf(record, 'Reference__c')),
                    day('Reversed', valueOf(record, 'Reversed_Date__c')),
                    words('Why', valueOf(record, 'Reversal_Reason__c'))
                ])
            };
        }
    },
    {
        name: 'promises',
        label: 'Promises',
        objectApiName: 'Promise_To_Pay__c',
        query: gql`
            query timelinePromises($accountId: ID, $first: Int) {
                uiapi {
                    query {
                        Promise_To_Pay__c(
                            where: { Lease_Account__c: { eq: $accountId } }
                            orderBy: { Taken_Date__c: { order: DESC, nulls: LAST } }
                            first: $first
                        ) {
                            totalCount
                            edges {
                                node {
                                    Id
                                    Amount__c { value }
                                    Promised_Date__c { value }
                                    Taken_Date__c { value }
                                    First_Seen_Date__c { value }
                                    Taken_By__c { value }
                                    Channel__c { value }
                                    Status__c { value }
                                    Paid_Amount__c { value }
                                    Reason__c { value }
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
                at: valueOf(record, 'Taken_Date__c') ?? valueOf(record, 'First_Seen_Date__c'),
                icon: 'utility:date_input',
                title: 'Promise to pay',
                badge: status,
                badgeClass: OUTCOMES[status] ?? '',
                body: valueOf(record, 'Reason__c'),
                facts: filled([
                    amount('Promised', valueOf(record, 'Amount__c')),
                    day('By', valueOf(record, 'Promised_Date__c')),
                    amount('Paid', valueOf(record, 'Paid_Amount__c')),
                    words('Taken by', valueOf(record, 'Taken_By__c')),
                    words('Channel', valueOf(record, 'Channel__c'))
                ])
            };
        }
    },
    {
        name: 'notes',
        label: 'Notes and calls',
        objectApiName: 'Collection_Note__c',
        query: gql`
            query timelineNotes($accountId: ID, $first: Int) {
                uiapi {
                    query {
                        Collection_Note__c(
                            where: { Lease_Account__c: { eq: $accountId } }
                            orderBy: { Written_At__c: { order: DESC, nulls: LAST } }
                            first: $first
                        ) {
                            totalCount
                            edges {
                                node {
                                    Id
                                    Written_At__c { value }
                                    Author__c { value }
                                    Channel__c { value }
                                    Note__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `,
        toEntry(record) {
            const channel = valueOf(record, 'Channel__c');
            return {
                at: valueOf(record, 'Written_At__c'),
                icon: NOTE_ICONS[channel] ?? 'utility:note',
                title: channel === 'Phone' ? 'Call' : 'Note',
                body: valueOf(record, 'Note__c'),
                facts: filled([words('By', valueOf(record, 'Author__c')), words('Channel', channel)])
            };
        }
    },
    ...CONTACTS,
    {
        name: 'alerts',
        label: 'GPS alerts',
        objectApiName: 'GPS_Alert__c',
        query: gql`
            query timelineAlerts($accountId: ID, $first: Int) {
                uiapi {
                    query {
                        GPS_Alert__c(
                            where: { Lease_Account__c: { eq: $accountId } }
                            orderBy: { Began_At__c: { order: DESC, nulls: LAST } }
                            first: $first
                        ) {
                            totalCount
                            edges {
                                node {
                                    Id
                                    Began_At__c { value }
                                    Kind__c { value }
                                    Status__c { value }
                                    Place__c { value }
                                    Reason__c { value }
                                    End_Reason__c { value }
                                    Device__c { value }
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
                at: valueOf(record, 'Began_At__c'),
                icon: 'utility:location',
                title: `GPS alert: ${valueOf(record, 'Kind__c')}`,
                badge: status,
                badgeClass: status === 'Open' ? 'slds-theme_warning' : '',
                body: valueOf(record, 'Reason__c'),
                facts: filled([
                    words('Place', valueOf(record, 'Place__c')),
                    words('Ended', valueOf(record, 'End_Reason__c')),
                    words('Device', valueOf(record, 'Device__c'))
                ])
            };
        }
    },
    ...TRUCK,
    {
        name: 'errors',
        label: 'Sync errors',
        objectApiName: 'Sync_Error__c',
        query: gql`
            query timelineErrors($accountId: ID, $first: Int) {
                uiapi {
                    query {
                        Sync_Error__c(
                            where: { Lease_Account__c: { eq: $accountId } }
                            orderBy: { Last_Failed__c: { order: DESC, nulls: LAST } }
                            first: $first
                        ) {
                            totalCount
                            edges {
                                node {
                                    Id
                                    Last_Failed__c { value }
                                    Object__c { value }
                                    Record_Key__c { value }
                                    Error_Code__c { value }
                                    Message__c { value }
                                    Remedy__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `,
        toEntry(record) {
            return {
                at: valueOf(record, 'Last_Failed__c'),
                icon: 'utility:error',
                title: 'Sync error',
                badge: valueOf(record, 'Error_Code__c'),
                badgeClass: 'slds-theme_error',
                body: valueOf(record, 'Message__c'),
                facts: filled([
                    words('Record', `${valueOf(record, 'Object__c')} ${valueOf(record, 'Record_Key__c')}`),
                    words('What to do', valueOf(record, 'Remedy__c'))
                ])
            };
        }
    }
];
