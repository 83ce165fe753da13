import { wire } from 'lwc';
import { gql, graphql } from 'lightning/graphql';
import LeaseAccountElement from 'c/leaseAccountElement';
import { countOf, pageAddress, reasonsOf, recordsOf, valueOf } from 'c/readings';

const SERIOUS_DAYS = 61;

/** How late a lease account is, what it owes, its promises and holds, and when it was last synced (P01, P05, P30, P31). */
export default class AccountSummary extends LeaseAccountElement {
    @wire(graphql, {
        query: gql`
            query accountSummary($accountId: ID) {
                uiapi {
                    query {
                        Lease_Account__c(where: { Id: { eq: $accountId } }, first: 1) {
                            edges {
                                node {
                                    Id
                                    Name { value }
                                    Status__c { value }
                                    Lessee__r { Name { value } }
                                    Days_Past_Due__c { value }
                                    Delinquency_Bucket__c { value }
                                    Past_Due_Since__c { value }
                                    Past_Due_Amount__c { value }
                                    Missed_Payments__c { value }
                                    Late_Fees__c { value }
                                    Payoff_Amount__c { value }
                                    Net_Outstanding__c { value }
                                    Next_Due_Date__c { value }
                                    Payment_Amount__c { value }
                                    Last_Payment_Date__c { value }
                                    Last_Payment_Amount__c { value }
                                    Promise_Kept_Rate__c { value }
                                    Promises_Kept__c { value }
                                    Promises_Broken__c { value }
                                    Open_Promise_Date__c { value }
                                    Open_Promise_Amount__c { value }
                                    Source_System__c { value }
                                    Last_Synced__c { value }
                                }
                            }
                        }
                        Hold__c(
                            where: { Lease_Account__c: { eq: $accountId }, In_Force__c: { eq: true } }
                            orderBy: { From__c: { order: ASC, nulls: LAST } }
                            first: 5
                        ) {
                            totalCount
                            edges {
                                node { Id Kind__c { value } Until__c { value } Reason__c { value } }
                            }
                        }
                        Sync_Error__c(where: { Lease_Account__c: { eq: $accountId } }, first: 1) {
                            totalCount
                        }
                    }
                }
            }
        `,
        variables: '$variables'
    })
    answer;

    get variables() {
        return this.accountId ? { accountId: this.accountId } : undefined;
    }

    get record() {
        return recordsOf(this.answer?.data, 'Lease_Account__c')[0];
    }

    get reason() {
        return this.holderReason || reasonsOf(this.answer?.errors);
    }

    get isLoading() {
        return !this.reason && !this.hasNoAccount && !this.answer?.data;
    }

    get isMissing() {
        return this.hasNoAccount || Boolean(this.answer?.data && !this.record);
    }

    get title() {
        return this.record ? `Account ${this.value('Name')}` : 'Account summary';
    }

    value(path) {
        return valueOf(this.record, path);
    }

    get lessee() {
        return this.value('Lessee__r.Name');
    }

    get status() {
        return this.value('Status__c');
    }

    get daysPastDue() {
        return this.value('Days_Past_Due__c') ?? 0;
    }

    get daysClass() {
        const colour = this.daysPastDue > 0 ? 'slds-text-color_error' : 'slds-text-color_success';
        return `figure ${colour}`;
    }

    get bucket() {
        return this.value('Delinquency_Bucket__c');
    }

    get bucketClass() {
        if (this.daysPastDue >= SERIOUS_DAYS) {
            return 'slds-theme_error';
        }
        return this.daysPastDue > 0 ? 'slds-theme_warning' : 'slds-theme_success';
    }

    get pastDueSince() {
        return this.value('Past_Due_Since__c');
    }

    get pastDueAmount() {
        return this.value('Past_Due_Amount__c');
    }

    get missedPayments() {
        const count = this.value('Missed_Payments__c') ?? 0;
        return count === 1 ? '1 missed payment' : `${count} missed payments`;
    }

    get lateFees() {
        return this.value('Late_Fees__c');
    }

    get payoff() {
        return this.value('Payoff_Amount__c');
    }

    get hasPayoff() {
        return this.payoff !== null;
    }

    get balance() {
        return this.value('Net_Outstanding__c');
    }

    get nextDue() {
        return this.value('Next_Due_Date__c');
    }

    get payment() {
        return this.value('Payment_Amount__c');
    }

    get lastPaidDate() {
        return this.value('Last_Payment_Date__c');
    }

    get lastPaidAmount() {
        return this.value('Last_Payment_Amount__c');
    }

    get keptRate() {
        const rate = this.value('Promise_Kept_Rate__c');
        return rate === null ? null : rate / 100;
    }

    get hasKeptRate() {
        return this.keptRate !== null;
    }

    get promiseCounts() {
        return `${this.value('Promises_Kept__c') ?? 0} kept, ${this.value('Promises_Broken__c') ?? 0} broken`;
    }

    get openPromiseDate() {
        return this.value('Open_Promise_Date__c');
    }

    get openPromiseAmount() {
        return this.value('Open_Promise_Amount__c');
    }

    get holds() {
        return recordsOf(this.answer?.data, 'Hold__c').map((hold) => ({
            id: hold.Id,
            kind: valueOf(hold, 'Kind__c'),
            until: valueOf(hold, 'Until__c'),
            reason: valueOf(hold, 'Reason__c'),
            address: pageAddress('Hold__c', hold.Id)
        }));
    }

    get hasHolds() {
        return this.holds.length > 0;
    }

    get moreHolds() {
        const more = countOf(this.answer?.data, 'Hold__c') - this.holds.length;
        return more > 0 ? `and ${more} more` : '';
    }

    get source() {
        return this.value('Source_System__c');
    }

    get lastSynced() {
        const moment = this.value('Last_Synced__c');
        return moment ? new Date(moment) : null;
    }

    get syncErrors() {
        return countOf(this.answer?.data, 'Sync_Error__c');
    }

    get syncErrorText() {
        return this.syncErrors === 1 ? '1 sync error' : `${this.syncErrors} sync errors`;
    }
}
