import { valueOf } from 'c/readings';

const SERIOUS_DAYS = 61;
const RAISED_DAYS = 31;

const ladder = (days) => {
    if (days >= SERIOUS_DAYS) {
        return [`${SERIOUS_DAYS}+ days past due`];
    }
    return days >= RAISED_DAYS ? [`${RAISED_DAYS}+ days past due`] : [];
};

const promise = (due, today) => {
    if (!due) {
        return ['no open promise'];
    }
    if (due < today) {
        return ['promised day has passed'];
    }
    return due === today ? ['promise due today'] : ['waits for a promise'];
};

const broken = (count) => {
    if (!count) {
        return [];
    }
    return [count === 1 ? '1 broken promise' : `${count} broken promises`];
};

const reopened = (times) => (times ? [`reopened ${times === 1 ? 'once' : `${times} times`}`] : []);

/** Why a case stands where it does in the queue; `today` is a date such as `2026-03-02`. */
export const reasonsFor = (record, today) =>
    [
        ...ladder(valueOf(record, 'Days_Past_Due__c') ?? 0),
        ...promise(valueOf(record, 'Lease_Account__r.Open_Promise_Date__c'), today),
        ...broken(valueOf(record, 'Lease_Account__r.Promises_Broken__c')),
        ...reopened(valueOf(record, 'Times_Reopened__c'))
    ].join(', ');
