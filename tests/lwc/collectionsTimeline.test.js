import { graphql } from 'lightning/graphql';
import CollectionsTimeline from 'c/collectionsTimeline';
import { all, answer, clear, drawn, find, list, show, words } from './page';

const PAYMENTS = 0, PROMISES = 1, NOTES = 2, ALERTS = 3, ERRORS = 4;

const onAccount = () => show('c-collections-timeline', CollectionsTimeline, { recordId: 'a01', objectApiName: 'Lease_Account__c' });

/** Answer one source of the timeline; each asks by itself, in the order of the list. */
const read = (element, place, detail) => {
    const names = ['payments', 'promises', 'notes', 'alerts', 'errors'];
    const source = all(element, 'c-timeline-source')[place];
    const entries = detail.entries ?? [];
    source.dispatchEvent(
        new CustomEvent('read', { detail: { name: names[place], count: entries.length, reason: '', ...detail, entries } })
    );
};

const entry = (name, at, more = {}) => ({ name, id: `${name}-${at}`, at, icon: 'utility:note', title: name, facts: [], ...more });

const titles = (element) => all(element, 'li.entry a').map((each) => each.textContent);

afterEach(clear);

test('what happened stands in one order, newest first, days and moments together', async () => {
    const element = onAccount();
    read(element, PAYMENTS, { entries: [entry('payments', '2026-11-20'), entry('payments', '2026-10-01')] });
    read(element, NOTES, { entries: [entry('notes', '2026-11-20T15:00:00.000Z')] });
    read(element, PROMISES, { entries: [entry('promises', '2026-11-25')] });
    read(element, ERRORS, {});
    await drawn();
    expect(titles(element)).toEqual(['promises', 'notes', 'payments', 'payments']);
    expect(find(element, '[role="status"]').textContent).toBe('4 of 4');
});

test('a kind can be left out and taken in again', async () => {
    const element = onAccount();
    read(element, PAYMENTS, { entries: [entry('payments', '2026-11-20')] });
    read(element, NOTES, { entries: [entry('notes', '2026-11-21')] });
    await drawn();
    const payments = all(element, 'button')[PAYMENTS];
    payments.click();
    await drawn();
    expect(titles(element)).toEqual(['notes']);
    expect(payments.getAttribute('aria-pressed')).toBe('false');
    payments.click();
    await drawn();
    expect(titles(element)).toEqual(['notes', 'payments']);
});

test('a long history comes in pieces', async () => {
    const element = onAccount();
    const entries = Array.from({ length: 20 }, (_, day) => entry('payments', `2026-10-${String(day + 1).padStart(2, '0')}`));
    read(element, PAYMENTS, { entries, count: 1234 });
    await drawn();
    expect(find(element, '[role="status"]').textContent).toBe('20 of 1234');
    find(element, 'lightning-button').click();
    await drawn();
    expect(all(element, 'c-timeline-source')[PAYMENTS].first).toBe(40);
});

test('a kind that may not be seen does not hide the others', async () => {
    const element = onAccount();
    read(element, PAYMENTS, { reason: 'No access.' });
    read(element, NOTES, { entries: [entry('notes', '2026-11-21')] });
    await drawn();
    expect(find(element, '[role="alert"]').textContent).toBe('Payments could not be read: No access.');
    expect(titles(element)).toEqual(['notes']);
});

test('it waits until all kinds have answered, and says when nothing has happened', async () => {
    const element = onAccount();
    expect(find(element, 'lightning-spinner')).not.toBeNull();
    [PAYMENTS, PROMISES, NOTES, ALERTS, ERRORS].forEach((place) => read(element, place, {}));
    await drawn();
    expect(find(element, 'lightning-spinner')).toBeNull();
    expect(words(element)).toContain('Nothing has happened');
});

test('the sources ask for the account, and read promises with their outcome', async () => {
    const element = onAccount();
    await drawn();
    expect(graphql.getLastConfig().variables).toEqual({ accountId: 'a01', first: 20 });
    graphql.emit(
        answer({
            Promise_To_Pay__c: list([
                { Id: 'p1', Amount__c: 500, Promised_Date__c: '2026-11-30', Taken_Date__c: '2026-11-20', Status__c: 'Broken', Paid_Amount__c: 0, Reason__c: 'Nothing came.' }
            ])
        })
    );
    await drawn();
    expect(titles(element)).toContain('Promise to pay');
    const badge = find(element, 'li.entry lightning-badge');
    expect([badge.label, badge.className]).toEqual(['Broken', 'slds-theme_error']);
    expect(words(element)).toContain('Nothing came.');
});

test('a reversed payment is marked as such', async () => {
    const element = onAccount();
    await drawn();
    graphql.emit(
        answer({ Payment__c: list([{ Id: 'y1', Amount__c: 10, Effective_Date__c: '2026-11-01', Is_Reversed__c: true, Reversed_Date__c: '2026-11-05', Reversal_Reason__c: 'NSF' }]) })
    );
    await drawn();
    expect(titles(element)).toEqual(['Payment, reversed']);
    expect(words(element)).toContain('WhyNSF');
});

test('a GPS alert tells what it is and whether it goes on', async () => {
    const element = onAccount();
    await drawn();
    graphql.emit(
        answer({ GPS_Alert__c: list([{ Id: 'g1', Began_At__c: '2026-11-01T10:00:00.000Z', Kind__c: 'Left State', Status__c: 'Open', Reason__c: 'It left TX.' }]) })
    );
    await drawn();
    expect(titles(element)).toEqual(['GPS alert: Left State']);
    expect(find(element, 'li.entry lightning-badge').className).toBe('slds-theme_warning');
});
