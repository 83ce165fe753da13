import { LightningElement, api, wire } from 'lwc';
import { getFieldValue, getRecord } from 'lightning/uiRecordApi';
import ACCOUNT_OF_CASE from '@salesforce/schema/Case.Lease_Account__c';
import ACCOUNT_OF_VEHICLE from '@salesforce/schema/Vehicle__c.Lease_Account__c';

const LOOKUPS = { Case: ACCOUNT_OF_CASE, Vehicle__c: ACCOUNT_OF_VEHICLE };

/**
 * A component about one lease account. On the account's own page the record is the account; on the page of a case or a
 * vehicle it is the account that the record looks up to.
 */
export default class LeaseAccountElement extends LightningElement {
    @api recordId;
    @api objectApiName;

    @wire(getRecord, { recordId: '$holderId', fields: '$lookupFields' })
    holder;

    get lookup() {
        return LOOKUPS[this.objectApiName];
    }

    get holderId() {
        return this.lookup ? this.recordId : undefined;
    }

    get lookupFields() {
        return this.lookup ? [this.lookup] : undefined;
    }

    /** The account's id; undefined until it is known, null when the record belongs to none. */
    get accountId() {
        if (!this.lookup) {
            return this.recordId;
        }
        return this.holder?.data ? (getFieldValue(this.holder.data, this.lookup) ?? null) : undefined;
    }

    get hasNoAccount() {
        return this.accountId === null;
    }

    /** Why the account of the record could not be found; empty when it could. */
    get holderReason() {
        return this.holder?.error?.body?.message ?? '';
    }
}
