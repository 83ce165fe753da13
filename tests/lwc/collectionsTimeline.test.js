import { graphql } from 'lightning/graphql';
import CollectionsTimeline from 'c/collectionsTimeline';
import { all, answer, clear, drawn, find, list, show, words } from './page';

const NAMES = ['payments', 'promises', 'notes', 'messages', 'visits', 'alerts', 'repairs', 'repossessions', 'sales', 'errors'];
const [PAYMENTS, PROMISES, NOTES] = [0, 1, 2];
const ERRORS = NAMES.indexOf('errors');

const onAccount = () => show('c-collections-timeline', CollectionsTimeline, { recordId: 'a01', objectApiName: 'Lease_Account__c' });

/** Answer one source of the timeline; each asks by itself, in the order of the list. */
const read = (element, place, detail) => {
    const source = all(element, 'c-timeline-source')[place];
    const entries = detail.entries ?? [];
    source.dispatchEvent(
        new CustomEvent('read', { detail: { name: NAMES[place], count: entries.length, reason: '', ...detail, entries } })
    );
};

const entry = (name, at, more = {}) => ({ name, id: `${name}-${at}`, recordId: `${name}-${at}`, at, icon: 'utility:note', title: name, facts: [], ...more });

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
    NAMES.forEach((name, place) => read(element, place, {}));
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

const emitted = async (objects) => {
    const element = onAccount();
    await drawn();
    graphql.emit(answer(objects));
    await drawn();
    return element;
};

const badges = (element) => all(element, 'li.entry lightning-badge').map((each) => each.label);

test('messages tell which way they went, how they stand and why', async () => {
    const sent = { Id: 'm1', CreatedDate: '2026-11-01T09:00:00.000Z', Sent_At__c: '2026-11-01T10:00:00.000Z', Direction__c: 'Outbound', Channel__c: 'Text', Status__c: 'Delivered', Text__c: 'Your truck is 46 days past due.' };
    const refused = { Id: 'm2', CreatedDate: '2026-11-03T09:00:00.000Z', Direction__c: 'Outbound', Channel__c: 'Email', Status__c: 'Refused', Reason__c: 'Cease contact since 2026-10-01' };
    const answered = { Id: 'm3', CreatedDate: '2026-11-02T09:00:00.000Z', Direction__c: 'Inbound', Channel__c: 'Text', Status__c: 'Received', Text__c: 'STOP' };
    const element = await emitted({ Message__c: list([refused, answered, sent]) });
    expect(titles(element)).toEqual(['E-mail to the lessee', 'Text message from the lessee', 'Text message to the lessee']);
    expect(badges(element)).toEqual(['Refused', 'Received', 'Delivered']);
    expect(words(element)).toContain('Cease contact since 2026-10-01');
});

test('a visit tells what came of it, and when none was written down, when it was entered', async () => {
    const visit = { Id: 'v1', CreatedDate: '2026-11-04T09:00:00.000Z', Visited_At__c: null, Rep__c: 'Robin Rider', Disposition__c: 'Nobody Home', Comments__c: 'Gate shut.', Follow_Up_Date__c: '2026-11-09', Promise_Amount__c: null };
    const element = await emitted({ Field_Visit__c: list([visit]) });
    expect(titles(element)).toEqual(['Field visit']);
    expect(badges(element)).toEqual(['Nobody Home']);
    expect(words(element)).toContain('Gate shut.ByRobin RiderFollow up');
    expect(find(element, '.when lightning-formatted-date-time').value).toBe('2026-11-04T09:00:00.000Z');
});

test('repairs and sales tell of the truck', async () => {
    const repair = { Id: 'r1', Name: 'RO-7', Order_Created__c: '2026-11-01T09:00:00.000Z', Status__c: 'Completed', Repair_Vendor__c: 'Truck Care', Grand_Total__c: 1250.5, Audit__c: 'Right' };
    const sale = { Id: 's1', Sale_Date__c: '2026-11-20', Status__c: 'Accepted', Buyer__c: 'Big Rig Resale', Channel__c: 'Auction', Price__c: 30000, Vehicle__r: { Name: 'VH1' } };
    const element = await emitted({ Repair_Order__c: list([repair]), Sale__c: list([sale]) });
    expect(titles(element)).toEqual(['Sale of VH1', 'Repair order RO-7']);
    expect(all(element, 'li.entry lightning-formatted-number').map((each) => each.value)).toEqual([30000, 1250.5]);
});

test('each step of a repossession is an entry of its own, all of one case', async () => {
    const history = [
        '2026-11-01 15:00 UTC  new -> Requested: request, Casey Collector (PENDING)',
        '2026-11-01 16:00 UTC  Requested -> Approved: approve, Avery (two broken promises)',
        '2026-11-02 02:00 UTC  Approved -> Failed Attempt: failed attempt, rdn (nobody home)',
        'and more: drawbar repo show'
    ].join('\n');
    const element = await emitted({
        Case: list([{ Id: 'c1', CaseNumber: '00001001', Repossession_Requested__c: '2026-11-01T15:00:00.000Z', Repossession_Stage__c: 'Failed Attempt', Repossession_History__c: history }])
    });
    expect(badges(element)).toEqual(['Failed Attempt', 'Approved', 'Requested']);
    expect(words(element)).toContain('failed attempt, rdn (nobody home)');
    expect(all(element, 'li.entry a').map((each) => each.getAttribute('href'))).toEqual(Array(3).fill('/lightning/r/Case/c1/view'));
    expect(find(element, '[role="status"]').textContent).toBe('3 of 3');
});

test('a repossession without a history is told by its stage', async () => {
    const element = await emitted({
        Case: list([{ Id: 'c1', CaseNumber: '00001001', Repossession_Requested__c: '2026-11-01T15:00:00.000Z', Repossession_Stage__c: 'Requested', Repossession_History__c: null }])
    });
    expect(badges(element)).toEqual(['Requested']);
});
