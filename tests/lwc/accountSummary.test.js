import { graphql } from 'lightning/graphql';
import { getRecord } from 'lightning/uiRecordApi';
import AccountSummary from 'c/accountSummary';
import { all, answer, clear, drawn, find, list, show, words } from './page';

const ACCOUNT = {
    Id: 'a01',
    Name: 'LW00000081',
    Status__c: 'Active',
    Lessee__r: { Name: 'Bianchi Freight Lines Inc' },
    Days_Past_Due__c: 46,
    Delinquency_Bucket__c: '31-60',
    Past_Due_Since__c: '2026-10-15',
    Past_Due_Amount__c: 11896.78,
    Missed_Payments__c: 2,
    Late_Fees__c: 629.82,
    Payoff_Amount__c: 18225.52,
    Net_Outstanding__c: 17445.7,
    Next_Due_Date__c: '2026-12-15',
    Payment_Amount__c: 5948.39,
    Last_Payment_Date__c: null,
    Last_Payment_Amount__c: null,
    Promise_Kept_Rate__c: 50,
    Promises_Kept__c: 1,
    Promises_Broken__c: 1,
    Open_Promise_Date__c: null,
    Open_Promise_Amount__c: null,
    Source_System__c: 'LeaseWorks',
    Last_Synced__c: '2026-11-30T13:58:00.000Z'
};

const onAccount = () => show('c-account-summary', AccountSummary, { recordId: 'a01', objectApiName: 'Lease_Account__c' });
const given = (changes = {}, errors = 0, holds = list([])) =>
    answer({ Lease_Account__c: list([{ ...ACCOUNT, ...changes }]), Hold__c: holds, Sync_Error__c: list([], errors) });
const numbers = (element) => all(element, 'lightning-formatted-number').map((each) => each.value);

afterEach(clear);

test('it shows how late the account is, what it owes and how it keeps promises', async () => {
    const element = onAccount();
    graphql.emit(given());
    await drawn();
    expect(find(element, 'lightning-card').title).toBe('Account LW00000081');
    expect(words(element)).toContain('Bianchi Freight Lines Inc');
    expect(words(element)).toContain('Days past due46since');
    expect(words(element)).toContain('2 missed payments');
    expect(words(element)).toContain('1 kept, 1 broken');
    expect(numbers(element)).toEqual([11896.78, 629.82, 18225.52, 17445.7, 5948.39, 0.5]);
    expect(words(element)).toContain('synced from LeaseWorks');
    expect(words(element)).toContain('no sync errors');
});

test('what is not there is said in words', async () => {
    const element = onAccount();
    graphql.emit(given({ Payoff_Amount__c: null, Next_Due_Date__c: null, Promise_Kept_Rate__c: null, Last_Synced__c: null }));
    await drawn();
    for (const text of ['Not quoted', 'Nothing due', 'No record yet', 'None yet', 'Open promiseNone', 'Not synced yet']) {
        expect(words(element)).toContain(text);
    }
});

test.each([
    [0, 'slds-theme_success'],
    [46, 'slds-theme_warning'],
    [61, 'slds-theme_error']
])('%i days past due are marked with %s', async (days, mark) => {
    const element = onAccount();
    graphql.emit(given({ Days_Past_Due__c: days }));
    await drawn();
    expect(all(element, 'lightning-badge')[1].className).toContain(mark);
});

test('what holds are in force is told before all figures', async () => {
    const element = onAccount();
    const cure = { Id: 'h1', Kind__c: 'Cure Letter', Until__c: '2026-12-12', Reason__c: 'Letter of November 20' };
    graphql.emit(given({}, 0, list([cure, { Id: 'h2', Kind__c: 'Bankruptcy', Until__c: null, Reason__c: null }], 7)));
    await drawn();
    expect(words(element)).toContain('On holdCure Letter until : Letter of November 20Bankruptcy until it is liftedand 5 more');
    expect(find(element, '.held a').getAttribute('href')).toBe('/lightning/r/Hold__c/h1/view');
    graphql.emit(given());
    await drawn();
    expect(find(element, '.held')).toBeNull();
});

test('sync errors are counted', async () => {
    const element = onAccount();
    graphql.emit(given({}, 2));
    await drawn();
    expect(words(element)).toContain('2 sync errors');
});

test('it waits with a spinner', () => {
    expect(find(onAccount(), 'lightning-spinner')).not.toBeNull();
});

test('a refusal is told in the words of Salesforce', async () => {
    const element = onAccount();
    graphql.emitErrors([{ message: 'No access to Late_Fees__c.' }]);
    await drawn();
    expect(find(element, '[role="alert"]').textContent).toContain('No access to Late_Fees__c.');
});

test('an account that may not be seen is no endless wait', async () => {
    const element = onAccount();
    graphql.emit(answer({ Lease_Account__c: list([]), Sync_Error__c: list([]) }));
    await drawn();
    expect(words(element)).toContain('no lease account here');
    expect(find(element, 'lightning-spinner')).toBeNull();
});

test('on the page of a case it is about the account of the case', async () => {
    show('c-account-summary', AccountSummary, { recordId: '500', objectApiName: 'Case' });
    getRecord.emit({ fields: { Lease_Account__c: { value: 'a07' } } });
    await drawn();
    expect(graphql.getLastConfig().variables).toEqual({ accountId: 'a07' });
});

test('a vehicle without an account says so', async () => {
    const element = show('c-account-summary', AccountSummary, { recordId: 'a09', objectApiName: 'Vehicle__c' });
    getRecord.emit({ fields: { Lease_Account__c: { value: null } } });
    await drawn();
    expect(words(element)).toContain('no lease account here');
});
