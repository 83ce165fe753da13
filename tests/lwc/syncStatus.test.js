import { graphql } from 'lightning/graphql';
import { updateRecord } from 'lightning/uiRecordApi';
import SyncStatus from 'c/syncStatus';
import { all, answer, clear, drawn, find, list, show, words } from './page';

const SYNCED = { Source_System__c: 'LeaseWorks', Last_Synced__c: '2026-11-30T13:58:00.000Z' };
const ERROR = { Id: 'e1', Object__c: 'Payment__c', Record_Key__c: 'P7', Message__c: 'Bad date.', Remedy__c: 'Mend it.' };
const isAccount = ({ variables }) => Boolean(variables?.accountId);
const isBook = ({ variables }) => Boolean(variables?.errors);

const given = (errors = [], total = errors.length) =>
    answer({
        Lease_Account__c: list([{ Id: 'a01', ...SYNCED }]),
        Vehicle__c: list([]),
        Payment__c: list([{ Id: 'y1', Source_System__c: null, Last_Synced__c: null }]),
        Sync_Error__c: list(errors, total)
    });

afterEach(clear);

test('each kind of record tells where it came from and when it was written', async () => {
    const element = show('c-sync-status', SyncStatus, { recordId: 'a01', objectApiName: 'Lease_Account__c' });
    await drawn();
    graphql.emit(given(), isAccount);
    await drawn();
    expect(all(element, 'tbody tr').map((row) => row.textContent.trim())).toEqual(['AccountsLeaseWorks', 'Paymentsnever']);
    expect(find(element, 'lightning-relative-date-time').value).toEqual(new Date(SYNCED.Last_Synced__c));
    expect(words(element)).toContain('No sync errors.');
});

test('what could not be synced stands with its remedy', async () => {
    const element = show('c-sync-status', SyncStatus, { recordId: 'a01', objectApiName: 'Lease_Account__c' });
    await drawn();
    graphql.emit(given([ERROR], 1), isAccount);
    await drawn();
    expect(words(element)).toContain('1 record could not be synced');
    expect(words(element)).toContain('Payment__c P7Bad date.Mend it.');
});

test('without a record it tells of the whole book, however many errors there are', async () => {
    const element = show('c-sync-status', SyncStatus);
    await drawn();
    graphql.emit(given(Array.from({ length: 5 }, (_, at) => ({ ...ERROR, Id: `e${at}` })), 4321), isBook);
    await drawn();
    expect(words(element)).toContain('4321 records could not be synced');
    expect(all(element, 'li')).toHaveLength(5);
});

test('an org that nothing was synced to says so', async () => {
    const element = show('c-sync-status', SyncStatus);
    await drawn();
    graphql.emit(answer({}), isBook);
    await drawn();
    expect(words(element)).toContain('Nothing has been synced yet.');
});

test('it waits, and tells a refusal', async () => {
    const element = show('c-sync-status', SyncStatus);
    expect(find(element, 'lightning-spinner')).not.toBeNull();
    await drawn();
    graphql.emitErrors([{ message: 'No access.' }], isBook);
    await drawn();
    expect(find(element, '[role="alert"]').textContent).toContain('No access.');
});

const asks = async (element) => {
    find(element, 'lightning-button').click();
    await drawn();
};

test.each(['Lease_Account__c', 'Vehicle__c', 'Case'])('the record of a page of %s is asked for again', async (objectApiName) => {
    const element = show('c-sync-status', SyncStatus, { recordId: 'r01', objectApiName });
    updateRecord.mockResolvedValue({});
    await asks(element);
    const { Id, Sync_Asked__c: asked } = updateRecord.mock.lastCall[0].fields;
    expect([Id, new Date(asked).toISOString()]).toEqual(['r01', asked]);
    expect(find(element, '[role="status"]').textContent).toContain('Drawbar was asked for this record.');
});

test('what keeps it from being asked is told', async () => {
    const element = show('c-sync-status', SyncStatus, { recordId: 'a01', objectApiName: 'Lease_Account__c' });
    updateRecord.mockRejectedValue({ body: { message: 'You may not change this record.' } });
    await asks(element);
    expect(find(element, '[role="alert"]').textContent).toBe('Drawbar could not be asked: You may not change this record.');
    expect(find(element, '[role="status"]').textContent).toBe('');
});

test('the whole book is not asked for', () => {
    expect(find(show('c-sync-status', SyncStatus), 'lightning-button')).toBeNull();
});
