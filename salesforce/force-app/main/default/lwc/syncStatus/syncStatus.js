import { wire } from 'lwc';
import { gql, graphql } from 'lightning/graphql';
import { updateRecord } from 'lightning/uiRecordApi';
import ASKED_OF_ACCOUNT from '@salesforce/schema/Lease_Account__c.Sync_Asked__c';
import ASKED_OF_CASE from '@salesforce/schema/Case.Sync_Asked__c';
import ASKED_OF_VEHICLE from '@salesforce/schema/Vehicle__c.Sync_Asked__c';
import LeaseAccountElement from 'c/leaseAccountElement';
import { countOf, pageAddress, reasonsOf, recordsOf, refusalOf, valueOf } from 'c/readings';

const ASKED = { Case: ASKED_OF_CASE, Lease_Account__c: ASKED_OF_ACCOUNT, Vehicle__c: ASKED_OF_VEHICLE };

const KINDS = [
    { objectApiName: 'Lease_Account__c', label: 'Accounts' },
    { objectApiName: 'Vehicle__c', label: 'Vehicles' },
    { objectApiName: 'Payment__c', label: 'Payments' },
    { objectApiName: 'Promise_To_Pay__c', label: 'Promises' },
    { objectApiName: 'Collection_Note__c', label: 'Notes' },
    { objectApiName: 'Case', label: 'Cases' }
];

/**
 * When records were last written by a sync, by kind and source, and which could not be: of the lease account whose page
 * it is on, or of the whole book where there is no record (P30). The record of the page can be asked for again: the
 * time of asking is saved on it, and Drawbar hears of that as of every edit.
 */
export default class SyncStatus extends LeaseAccountElement {
    isAsking = false;
    isAsked = false;
    refusal = '';

    @wire(graphql, {
        query: gql`
            query syncOfAccount($accountId: ID) {
                uiapi {
                    query {
                        Lease_Account__c(where: { Id: { eq: $accountId } }, first: 1) {
                            edges { node { Id Source_System__c { value } Last_Synced__c { value } } }
                        }
                        Vehicle__c(where: { Lease_Account__c: { eq: $accountId } }, orderBy: { Last_Synced__c: { order: DESC, nulls: LAST } }, first: 1) {
                            edges { node { Id Source_System__c { value } Last_Synced__c { value } } }
                        }
                        Payment__c(where: { Lease_Account__c: { eq: $accountId } }, orderBy: { Last_Synced__c: { order: DESC, nulls: LAST } }, first: 1) {
                            edges { node { Id Source_System__c { value } Last_Synced__c { value } } }
                        }
                        Promise_To_Pay__c(where: { Lease_Account__c: { eq: $accountId } }, orderBy: { Last_Synced__c: { order: DESC, nulls: LAST } }, first: 1) {
                            edges { node { Id Source_System__c { value } Last_Synced__c { value } } }
                        }
                        Collection_Note__c(where: { Lease_Account__c: { eq: $accountId } }, orderBy: { Last_Synced__c: { order: DESC, nulls: LAST } }, first: 1) {
                            edges { node { Id Source_System__c { value } Last_Synced__c { value } } }
                        }
                        Case(where: { Lease_Account__c: { eq: $accountId } }, orderBy: { Last_Synced__c: { order: DESC, nulls: LAST } }, first: 1) {
                            edges { node { Id Source_System__c { value } Last_Synced__c { value } } }
                        }
                        Sync_Error__c(where: { Lease_Account__c: { eq: $accountId } }, orderBy: { Last_Failed__c: { order: DESC, nulls: LAST } }, first: 5) {
                            totalCount
                            edges { node { Id Object__c { value } Record_Key__c { value } Message__c { value } Remedy__c { value } } }
                        }
                    }
                }
            }
        `,
        variables: '$accountVariables'
    })
    ofAccount;

    @wire(graphql, {
        query: gql`
            query syncOfBook($errors: Int) {
                uiapi {
                    query {
                        Lease_Account__c(orderBy: { Last_Synced__c: { order: DESC, nulls: LAST } }, first: 1) {
                            edges { node { Id Source_System__c { value } Last_Synced__c { value } } }
                        }
                        Vehicle__c(orderBy: { Last_Synced__c: { order: DESC, nulls: LAST } }, first: 1) {
                            edges { node { Id Source_System__c { value } Last_Synced__c { value } } }
                        }
                        Payment__c(orderBy: { Last_Synced__c: { order: DESC, nulls: LAST } }, first: 1) {
                            edges { node { Id Source_System__c { value } Last_Synced__c { value } } }
                        }
                        Promise_To_Pay__c(orderBy: { Last_Synced__c: { order: DESC, nulls: LAST } }, first: 1) {
                            edges { node { Id Source_System__c { value } Last_Synced__c { value } } }
                        }
                        Collection_Note__c(orderBy: { Last_Synced__c: { order: DESC, nulls: LAST } }, first: 1) {
                            edges { node { Id Source_System__c { value } Last_Synced__c { value } } }
                        }
                        Case(orderBy: { Last_Synced__c: { order: DESC, nulls: LAST } }, first: 1) {
                            edges { node { Id Source_System__c { value } Last_Synced__c { value } } }
                        }
                        Sync_Error__c(orderBy: { Last_Failed__c: { order: DESC, nulls: LAST } }, first: $errors) {
                            totalCount
                            edges { node { Id Object__c { value } Record_Key__c { value } Message__c { value } Remedy__c { value } } }
                        }
                    }
                }
            }
        `,
        variables: '$bookVariables'
    })
    ofBook;

    get accountVariables() {
        return this.recordId && this.accountId ? { accountId: this.accountId } : undefined;
    }

    get bookVariables() {
        return this.recordId ? undefined : { errors: 5 };
    }

    get answer() {
        return this.recordId ? this.ofAccount : this.ofBook;
    }

    get reason() {
        return (this.recordId && this.holderReason) || reasonsOf(this.answer?.errors);
    }

    get asked() {
        return this.recordId ? ASKED[this.objectApiName] : undefined;
    }

    async ask() {
        this.isAsking = true;
        this.isAsked = false;
        this.refusal = '';
        const now = new Date().toISOString();
        try {
            await updateRecord({ fields: { Id: this.recordId, [this.asked.fieldApiName]: now } });
            this.isAsked = true;
        } catch (error) {
            this.refusal = refusalOf(error);
        } finally {
            this.isAsking = false;
        }
    }

    get isRead() {
        return Boolean(this.answer?.data);
    }

    get isMissing() {
        return Boolean(this.recordId) && this.hasNoAccount;
    }

    get kinds() {
        return KINDS.flatMap(({ objectApiName, label }) => {
            const [record] = recordsOf(this.answer?.data, objectApiName);
            const synced = record && valueOf(record, 'Last_Synced__c');
            const source = synced ? valueOf(record, 'Source_System__c') : 'never';
            return record ? [{ label, source, synced: synced ? new Date(synced) : null }] : [];
        });
    }

    get hasKinds() {
        return this.kinds.length > 0;
    }

    get errorCount() {
        return countOf(this.answer?.data, 'Sync_Error__c');
    }

    get errorTitle() {
        return this.errorCount === 1 ? '1 record could not be synced' : `${this.errorCount} records could not be synced`;
    }

    get errors() {
        return recordsOf(this.answer?.data, 'Sync_Error__c').map((record) => ({
            id: record.Id,
            address: pageAddress('Sync_Error__c', record.Id),
            title: `${valueOf(record, 'Object__c')} ${valueOf(record, 'Record_Key__c')}`,
            message: valueOf(record, 'Message__c'),
            remedy: valueOf(record, 'Remedy__c')
        }));
    }
}
