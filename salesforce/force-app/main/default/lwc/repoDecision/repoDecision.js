import { wire } from 'lwc';
import { graphql } from 'lightning/graphql';
import { updateRecord } from 'lightning/uiRecordApi';
import DECISION from '@salesforce/schema/Case.Decision__c';
import DECISION_REASON from '@salesforce/schema/Case.Decision_Reason__c';
import OVERRIDE_REASON from '@salesforce/schema/Case.Override_Reason__c';
import LeaseAccountElement from 'c/leaseAccountElement';
import { countOf, reasonsOf, recordsOf, refusalOf, valueOf } from 'c/readings';
import { OF_ACCOUNT, OF_CASE } from './queries';

const SHOWN = 5;
const PROCEED = 'Proceed';
const CHANCE = 'Another Chance';
const CHOICES = { Requested: [PROCEED, CHANCE], 'Under Review': [PROCEED, CHANCE], Approved: [CHANCE] };
const VERDICTS = { Good: 'slds-theme_success', Doubtful: 'slds-theme_warning', Poor: 'slds-theme_error' };
const OUTCOMES = { Kept: 'slds-theme_success', 'Partly Kept': 'slds-theme_warning', Broken: 'slds-theme_error' };

const linesOf = (text) =>
    (text ?? '')
        .split('\n')
        .filter((line) => line.trim())
        .map((line, at) => ({ key: `${at}`, text: line.trim() }));

const rest = (count, what) => (count > SHOWN ? `and ${count - SHOWN} earlier ${what}` : '');

/**
 * What a repossession is decided from, and the decision (P13). The decision is saved on the Case; Drawbar checks it and
 * answers with Decision Taken, or with a Sync Error, and both are shown.
 */
export default class RepoDecision extends LeaseAccountElement {
    draft = {};
    missing = '';
    refusal = '';
    isSaving = false;
    isSaved = false;

    @wire(graphql, { query: OF_CASE, variables: '$caseVariables' })
    ofCase;

    @wire(graphql, { query: OF_ACCOUNT, variables: '$accountVariables' })
    ofAccount;

    get caseVariables() {
        return this.recordId ? { caseId: this.recordId } : undefined;
    }

    get accountVariables() {
        return this.accountId ? { accountId: this.accountId, first: SHOWN } : undefined;
    }

    get record() {
        return recordsOf(this.ofCase?.data, 'Case')[0];
    }

    get reason() {
        return reasonsOf(this.ofCase?.errors);
    }

    get historyReason() {
        return this.holderReason || reasonsOf(this.ofAccount?.errors);
    }

    get isMissing() {
        return Boolean(this.ofCase?.data) && !this.record;
    }

    value(name) {
        return this.record ? valueOf(this.record, name) : null;
    }

    get facts() {
        const names = {
            daysPastDue: 'Days_Past_Due__c', pastDue: 'Past_Due_Amount__c', paymentsMade: 'Payments_Made__c',
            kept: 'Promises_Kept__c', broken: 'Promises_Broken__c', payoff: 'Payoff_Amount__c',
            marketValue: 'Market_Value__c', valueDate: 'Market_Value_Date__c', costs: 'Recovery_Costs__c',
            estimate: 'Estimated_Recovery__c', least: 'Least_Recovery__c', condition: 'Vehicle_Condition__c',
            verdict: 'GPS_Verdict__c', stage: 'Repossession_Stage__c', taken: 'Decision_Taken__c',
            by: 'Decided_By__c', at: 'Decided_At__c', why: 'Decided_Why__c', override: 'Override__c'
        };
        return Object.fromEntries(Object.entries(names).map(([key, name]) => [key, this.value(name)]));
    }

    get hasPayoff() {
        return this.facts.payoff !== null;
    }

    get hasMarketValue() {
        return this.facts.marketValue !== null;
    }

    get valueSource() {
        return this.value('Market_Value_Source__c') ?? 'source not known';
    }

    get valueAge() {
        const day = this.facts.valueDate;
        return day ? new Date(`${day}T12:00:00Z`) : null;
    }

    get isWorth() {
        return Boolean(this.value('Worth_Recovering__c'));
    }

    get estimateClass() {
        return `figure ${this.isWorth ? 'slds-text-color_success' : 'slds-text-color_error'}`;
    }

    get estimateNote() {
        if (!this.hasMarketValue) {
            return 'nobody knows the market value: an order takes an override';
        }
        return this.isWorth ? 'enough for an order' : 'too little: an order takes an override';
    }

    get condition() {
        return this.facts.condition ?? 'Not told';
    }

    get verdict() {
        return this.facts.verdict ?? 'No verdict';
    }

    get verdictClass() {
        return VERDICTS[this.facts.verdict] ?? '';
    }

    get verdictReasons() {
        return linesOf(this.value('GPS_Reasons__c'));
    }

    get blocks() {
        return linesOf(this.value('Order_Blocked_By__c'));
    }

    get isBlocked() {
        return this.blocks.length > 0;
    }

    get refusals() {
        return recordsOf(this.ofCase?.data, 'Sync_Error__c').map((error) => ({
            id: error.Id,
            message: valueOf(error, 'Message__c'),
            remedy: valueOf(error, 'Remedy__c')
        }));
    }

    get payments() {
        return recordsOf(this.ofAccount?.data, 'Payment__c').map((payment) => ({
            id: payment.Id,
            day: valueOf(payment, 'Effective_Date__c'),
            amount: valueOf(payment, 'Amount__c'),
            reversed: valueOf(payment, 'Is_Reversed__c') ? 'reversed' : ''
        }));
    }

    get promises() {
        return recordsOf(this.ofAccount?.data, 'Promise_To_Pay__c').map((promise) => ({
            id: promise.Id,
            day: valueOf(promise, 'Promised_Date__c'),
            amount: valueOf(promise, 'Amount__c'),
            paid: valueOf(promise, 'Paid_Amount__c') ?? 0,
            status: valueOf(promise, 'Status__c'),
            class: OUTCOMES[valueOf(promise, 'Status__c')] ?? ''
        }));
    }

    get holds() {
        return recordsOf(this.ofAccount?.data, 'Hold__c').map((hold) => ({
            id: hold.Id,
            kind: valueOf(hold, 'Kind__c'),
            from: valueOf(hold, 'From__c'),
            until: valueOf(hold, 'Until__c'),
            reason: valueOf(hold, 'Reason__c')
        }));
    }

    get hasPayments() {
        return this.payments.length > 0;
    }

    get hasPromises() {
        return this.promises.length > 0;
    }

    get hasHolds() {
        return this.holds.length > 0;
    }

    get morePayments() {
        return rest(countOf(this.ofAccount?.data, 'Payment__c'), 'payments');
    }

    get morePromises() {
        return rest(countOf(this.ofAccount?.data, 'Promise_To_Pay__c'), 'promises');
    }

    get choices() {
        return (CHOICES[this.facts.stage] ?? []).map((word) => ({ label: word, value: word }));
    }

    get canDecide() {
        return this.choices.length > 0;
    }

    get entered() {
        return this.value('Decision__c');
    }

    get isWaiting() {
        return Boolean(this.entered) && this.entered !== this.facts.taken && this.refusals.length === 0;
    }

    get decision() {
        return this.draft.decision ?? this.entered;
    }

    get decisionReason() {
        return this.draft.reason ?? this.value('Decision_Reason__c');
    }

    get overrideReason() {
        return this.draft.override ?? this.value('Override_Reason__c');
    }

    get needsOverride() {
        return this.decision === PROCEED && !this.isWorth;
    }

    enter(event) {
        this.draft = { ...this.draft, [event.target.name]: event.detail.value };
        this.isSaved = false;
        this.missing = '';
    }

    whatIsMissing() {
        if (!this.choices.some(({ value }) => value === this.decision)) {
            return 'Choose a decision.';
        }
        if (!this.decisionReason?.trim()) {
            return 'Say why you decide so.';
        }
        return this.needsOverride && !this.overrideReason?.trim()
            ? 'Recovery would leave too little: say why it is to be repossessed all the same.'
            : '';
    }

    async save() {
        this.missing = this.whatIsMissing();
        if (this.missing || this.isSaving) {
            return;
        }
        this.isSaving = true;
        this.refusal = '';
        const fields = {
            Id: this.recordId,
            [DECISION.fieldApiName]: this.decision,
            [DECISION_REASON.fieldApiName]: this.decisionReason.trim(),
            [OVERRIDE_REASON.fieldApiName]: this.needsOverride ? this.overrideReason.trim() : null
        };
        try {
            await updateRecord({ fields });
            this.isSaved = true;
            this.draft = {};
            await this.ofCase.refresh?.();
        } catch (error) {
            this.refusal = refusalOf(error);
        } finally {
            this.isSaving = false;
        }
    }
}
