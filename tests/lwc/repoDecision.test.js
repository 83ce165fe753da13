import { graphql } from 'lightning/graphql';
import { getRecord, updateRecord } from 'lightning/uiRecordApi';
import RepoDecision from 'c/repoDecision';
import { all, answer, clear, drawn, find, list, show, words } from './page';

const CASE = {
    Id: '500',
    Repossession_Stage__c: 'Under Review',
    Days_Past_Due__c: 75,
    Past_Due_Amount__c: 7200,
    Payments_Made__c: 21,
    Promises_Kept__c: 1,
    Promises_Broken__c: 3,
    Payoff_Amount__c: 40120.5,
    GPS_Verdict__c: 'Good',
    GPS_Reasons__c: 'Reported an hour ago.\nStands still.',
    Market_Value__c: 38000,
    Market_Value_Source__c: 'Price Guide',
    Market_Value_Date__c: '2026-02-27',
    Vehicle_Condition__c: 'Running',
    Recovery_Costs__c: 5300,
    Estimated_Recovery__c: 32700,
    Least_Recovery__c: 2500,
    Worth_Recovering__c: true,
    Order_Blocked_By__c: null,
    Decision__c: null,
    Decision_Reason__c: null,
    Override_Reason__c: null,
    Decision_Taken__c: null,
    Decided_By__c: null,
    Decided_At__c: null,
    Decided_Why__c: null,
    Override__c: null
};
const isCase = ({ variables }) => Boolean(variables?.caseId);
const isAccount = ({ variables }) => Boolean(variables?.accountId);

const shown = async (changes = {}, errors = []) => {
    const element = show('c-repo-decision', RepoDecision, { recordId: '500', objectApiName: 'Case' });
    await drawn();
    graphql.emit(answer({ Case: list([{ ...CASE, ...changes }]), Sync_Error__c: list(errors) }), isCase);
    getRecord.emit({ fields: { Lease_Account__c: { value: 'a01' } } });
    await drawn();
    return element;
};

const history = async (objects) => {
    graphql.emit(answer({ Payment__c: list([]), Promise_To_Pay__c: list([]), Hold__c: list([]), ...objects }), isAccount);
    await drawn();
};

const input = (element, name) =>
    all(element, 'lightning-radio-group, lightning-textarea').find((each) => each.name === name);

const enter = async (element, name, value) => {
    input(element, name).dispatchEvent(new CustomEvent('change', { detail: { value } }));
    await drawn();
};

const save = async (element) => {
    find(element, 'lightning-button').click();
    await drawn();
};

const alerts = (element) => all(element, '[role="alert"]').map((each) => each.textContent);

afterEach(() => {
    clear();
    updateRecord.mockReset();
    updateRecord.mockResolvedValue({});
});

test('it shows what the decision is made from', async () => {
    const element = await shown();
    for (const text of ['Payments made21', '1 kept3 broken', 'Price Guide', 'Running', 'enough for an order', 'Stands still.']) {
        expect(words(element)).toContain(text);
    }
    expect(all(element, 'lightning-formatted-number').map((each) => each.value)).toEqual([7200, 40120.5, 38000, 32700, 5300, 2500]);
    expect(find(element, 'lightning-relative-date-time').value).toEqual(new Date('2026-02-27T12:00:00Z'));
});

test('what is not known is said in words', async () => {
    const nothing = { Payoff_Amount__c: null, Market_Value__c: null, Vehicle_Condition__c: null, GPS_Verdict__c: null };
    const element = await shown({ ...nothing, Worth_Recovering__c: false, GPS_Reasons__c: null });
    for (const text of ['PayoffNot quoted', 'Market valueNot known', 'ConditionNot told', 'nobody knows the market value']) {
        expect(words(element)).toContain(text);
    }
    expect(find(element, 'lightning-badge').label).toBe('No verdict');
});

test('holds, promises and payments stand with it, the newest of many', async () => {
    const element = await shown({ Order_Blocked_By__c: 'bankruptcy since 2026-02-01\norder R1 is active' });
    const promise = { Promised_Date__c: '2026-02-13', Amount__c: 1200, Paid_Amount__c: null, Status__c: 'Broken' };
    await history({
        Promise_To_Pay__c: list(Array.from({ length: 5 }, (_, at) => ({ Id: `p${at}`, ...promise })), 240),
        Payment__c: list([{ Id: 'y1', Effective_Date__c: '2026-01-12', Amount__c: 700, Is_Reversed__c: true }], 1),
        Hold__c: list([{ Id: 'h1', Kind__c: 'Bankruptcy', From__c: '2026-02-01', Until__c: null, Reason__c: '26-1' }])
    });
    expect(all(element, '.stop li').map((each) => each.textContent)).toEqual(['bankruptcy since 2026-02-01', 'order R1 is active']);
    expect(words(element)).toContain('and 235 earlier promises');
    expect(words(element)).toContain('reversed');
    expect(words(element)).toContain('Bankruptcy from');
    expect(words(element)).not.toContain('earlier payments');
});

test('a customer without history has none', async () => {
    const element = await shown();
    await history({});
    expect(words(element)).toContain('None was ever given.');
    expect(words(element)).toContain('None came.');
});

test('a decision is saved with its reason, without an override where none is needed', async () => {
    const element = await shown();
    await enter(element, 'decision', 'Proceed');
    await enter(element, 'reason', ' Three promises were broken ');
    expect(input(element, 'override')).toBeUndefined();
    await save(element);
    expect(updateRecord.mock.calls[0][0].fields).toEqual({
        Id: '500', Decision__c: 'Proceed', Decision_Reason__c: 'Three promises were broken', Override_Reason__c: null
    });
    expect(find(element, '[role="status"]').textContent).toContain('Saved.');
});

test.each([
    [{}, 'Choose a decision.'],
    [{ decision: 'Another Chance' }, 'Say why you decide so.'],
    [{ decision: 'Proceed', reason: 'no answer', override: ' ' }, 'say why it is to be repossessed all the same']
])('nothing is saved while something is missing: %p', async (entries, reason) => {
    const element = await shown({ Worth_Recovering__c: false });
    for (const [name, value] of Object.entries(entries)) {
        await enter(element, name, value);
    }
    await save(element);
    expect(alerts(element).join()).toContain(reason);
    expect(updateRecord).not.toHaveBeenCalled();
});

test('an override goes along when it is not worth recovering', async () => {
    const element = await shown({ Worth_Recovering__c: false });
    await enter(element, 'decision', 'Proceed');
    await enter(element, 'reason', 'no answer');
    await enter(element, 'override', 'It blocks a yard');
    await save(element);
    expect(updateRecord.mock.calls[0][0].fields.Override_Reason__c).toBe('It blocks a yard');
});

test('what Salesforce refuses is told in its words, and what was entered stays', async () => {
    const element = await shown();
    updateRecord.mockRejectedValue({
        body: { message: 'It failed.', output: { errors: [], fieldErrors: { Decision__c: [{ message: 'Not in this stage.' }] } } }
    });
    await enter(element, 'decision', 'Another Chance');
    await enter(element, 'reason', 'Pays on Friday');
    await save(element);
    expect(alerts(element)).toEqual(['It was not saved: Not in this stage.']);
    expect(input(element, 'reason').value).toBe('Pays on Friday');
});

test('what Drawbar refused stands with its remedy, and what it has not seen yet is said', async () => {
    const error = { Id: 'e1', Message__c: 'approve needs a reason', Remedy__c: 'Say why.' };
    const refused = await shown({ Decision__c: 'Proceed' }, [error]);
    expect(alerts(refused)).toEqual(['Drawbar refused: approve needs a reasonSay why.']);
    clear();
    const waiting = await shown({ Decision__c: 'Proceed' });
    expect(words(waiting)).toContain('Drawbar has not acted on Proceed yet.');
});

test('a decision that counts is told; when it is past deciding, nothing can be entered', async () => {
    const taken = { Decision_Taken__c: 'Proceed', Decided_By__c: 'Casey', Decided_Why__c: 'no answer', Override__c: 'yard' };
    const element = await shown({ ...taken, Repossession_Stage__c: 'Ordered', Decision__c: 'Proceed' });
    expect(words(element)).toContain('Proceed, decided by Casey');
    expect(words(element)).toContain('Override: yard');
    expect(words(element)).toContain('stands at Ordered');
    expect(find(element, 'lightning-button')).toBeNull();
});

test('once approved, only another chance is left', async () => {
    const element = await shown({ Repossession_Stage__c: 'Approved' });
    expect(input(element, 'decision').options.map(({ value }) => value)).toEqual(['Another Chance']);
});

test('it waits, tells a refusal, and says when there is nothing to see', async () => {
    const element = show('c-repo-decision', RepoDecision, { recordId: '500', objectApiName: 'Case' });
    expect(find(element, 'lightning-spinner')).not.toBeNull();
    await drawn();
    graphql.emitErrors([{ message: 'No access to Decision__c.' }], isCase);
    await drawn();
    expect(alerts(element)).toEqual(['The repossession could not be read: No access to Decision__c.']);
    graphql.emit(answer({ Case: list([]) }), isCase);
    await drawn();
    expect(words(element)).toContain('no repossession here');
});

test('a history that may not be read does not hide the rest', async () => {
    const element = await shown();
    graphql.emitErrors([{ message: 'No access to Hold__c.' }], isAccount);
    await drawn();
    expect(alerts(element)).toEqual(['The history could not be read: No access to Hold__c.']);
    expect(words(element)).toContain('Payments made21');
});
