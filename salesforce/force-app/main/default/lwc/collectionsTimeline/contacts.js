import { gql } from 'lightning/graphql';
import { valueOf } from 'c/readings';
import { amount, day, filled, words } from './facts';

const MESSAGE_ICONS = { Text: 'utility:sms', Email: 'utility:email' };
const MESSAGE_MARKS = { Delivered: 'slds-theme_success', Failed: 'slds-theme_error', Refused: 'slds-theme_error' };

/** Messages to and from the lessee, and visits of reps. */
export const CONTACTS = [
    {
        name: 'messages',
        label: 'Messages',
        objectApiName: 'Message__c',
        query: gql`
            query timelineMessages($accountId: ID, $first: Int) {
                uiapi {
                    query {
                        Message__c(
                            where: { Lease_Account__c: { eq: $accountId } }
                            orderBy: { CreatedDate: { order: DESC, nulls: LAST } }
                            first: $first
                        ) {
                            totalCount
                            edges {
                                node {
                                    Id
                                    CreatedDate { value }
                                    Sent_At__c { value }
                                    Direction__c { value }
                                    Channel__c { value }
                                    Status__c { value }
                                    Reason__c { value }
                                    Subject__c { value }
                                    Text__c { value }
                                    Requested_By__c { value }
                                    Allowed_From__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `,
        toEntry(record) {
            const channel = valueOf(record, 'Channel__c');
            const status = valueOf(record, 'Status__c');
            const kind = channel === 'Email' ? 'E-mail' : 'Text message';
            const isAnswer = valueOf(record, 'Direction__c') === 'Inbound';
            return {
                at: valueOf(record, 'Sent_At__c') ?? valueOf(record, 'CreatedDate'),
                icon: MESSAGE_ICONS[channel] ?? 'utility:comments',
                title: `${kind} ${isAnswer ? 'from' : 'to'} the lessee`,
                badge: status,
                badgeClass: MESSAGE_MARKS[status] ?? '',
                body: valueOf(record, 'Text__c'),
                facts: filled([
                    words('Subject', valueOf(record, 'Subject__c')),
                    words('Why', valueOf(record, 'Reason__c')),
                    day('Goes on', status === 'Waiting' ? valueOf(record, 'Allowed_From__c') : null),
                    words('Asked for by', valueOf(record, 'Requested_By__c'))
                ])
            };
        }
    },
    {
        name: 'visits',
        label: 'Visits',
        objectApiName: 'Field_Visit__c',
        query: gql`
            query timelineVisits($accountId: ID, $first: Int) {
                uiapi {
                    query {
                        Field_Visit__c(
                            where: { Lease_Account__c: { eq: $accountId } }
                            orderBy: { Visited_At__c: { order: DESC, nulls: FIRST } }
                            first: $first
                        ) {
                            totalCount
                            edges {
                                node {
                                    Id
                                    CreatedDate { value }
                                    Visited_At__c { value }
                                    Rep__c { value }
                                    Disposition__c { value }
                                    Comments__c { value }
                                    Follow_Up_Date__c { value }
                                    Promise_Amount__c { value }
                                    Promise_Date__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `,
        toEntry(record) {
            return {
                at: valueOf(record, 'Visited_At__c') ?? valueOf(record, 'CreatedDate'),
                icon: 'utility:checkin',
                title: 'Field visit',
                badge: valueOf(record, 'Disposition__c'),
                body: valueOf(record, 'Comments__c'),
                facts: filled([
                    words('By', valueOf(record, 'Rep__c')),
                    amount('Promised', valueOf(record, 'Promise_Amount__c')),
                    day('For', valueOf(record, 'Promise_Date__c')),
                    day('Follow up', valueOf(record, 'Follow_Up_Date__c'))
                ])
            };
        }
    }
];
