import { readFileSync, readdirSync } from 'node:fs';
import { graphql } from 'lightning/graphql';
import WorkList, { dayFromNow } from 'c/workList';
import { LISTS } from '../../salesforce/force-app/main/default/lwc/workList/lists';
import { all, answer, clear, drawn, find, list, show, words } from './page';

const onHome = (name, more = {}) => show('c-work-list', WorkList, { list: name, ...more });

const PROMISE = {
    Id: 'p1', Name: 'LW1-0001', Lease_Account__r: { Id: 'a1', Name: 'LW1' }, Promised_Date__c: '2026-12-04', Amount__c: 250,
    Paid_Amount__c: 0, Taken_By__c: 'Casey Collector'
};

const FOLDER = `${__dirname}/../../salesforce/force-app/main/default/lwc/workList`;
const SOURCE = readdirSync(FOLDER)
    .filter((name) => name.startsWith('listsOf'))
    .map((name) => readFileSync(`${FOLDER}/${name}`, 'utf8'))
    .join('\n');

afterEach(clear);

test('the records stand in a table with links to them and to their parents', async () => {
    const element = onHome('openPromises');
    graphql.emit(answer({ Promise_To_Pay__c: list([PROMISE]) }));
    await drawn();
    expect(find(element, 'lightning-card').title).toBe('Open promises (1)');
    expect(all(element, 'thead th').map((each) => each.textContent)).toEqual(['Promise', 'Account', 'Promised for', 'Amount', 'Paid', 'Taken by']);
    expect(all(element, 'tbody a').map((each) => each.getAttribute('href'))).toEqual([
        '/lightning/r/Promise_To_Pay__c/p1/view', '/lightning/r/Lease_Account__c/a1/view'
    ]);
    expect(all(element, 'lightning-formatted-number').map((each) => each.value)).toEqual([250, 0]);
    expect(find(element, 'lightning-formatted-date-time').value).toBe('2026-12-04');
    expect(find(element, '[role="status"]')).toBeNull();
});

test('a value or a parent that is not there leaves its cell empty', async () => {
    const element = onHome('openPromises');
    graphql.emit(answer({ Promise_To_Pay__c: list([{ ...PROMISE, Lease_Account__r: null, Promised_Date__c: null, Amount__c: null }]) }));
    await drawn();
    expect(all(element, 'tbody a')).toHaveLength(1);
    expect(find(element, 'lightning-formatted-date-time')).toBeNull();
});

test('a long list comes page by page', async () => {
    const element = onHome('openPromises', { pageSize: 10 });
    const ten = Array.from({ length: 10 }, (_, at) => ({ ...PROMISE, Id: `p${at}` }));
    graphql.emit(answer({ Promise_To_Pay__c: list(ten, 23, { hasNextPage: true, endCursor: 'ten' }) }));
    await drawn();
    expect(find(element, '[role="status"]').textContent).toBe('1 to 10 of 23');
    const [previous, next] = all(element, 'lightning-button');
    expect([previous.disabled, next.disabled]).toEqual([true, false]);
    next.click();
    await drawn();
    expect(graphql.getLastConfig().variables).toMatchObject({ first: 10, after: 'ten' });
    graphql.emit(answer({ Promise_To_Pay__c: list(ten.slice(0, 3), 23, { hasNextPage: false, endCursor: 'end' }) }));
    await drawn();
    expect(find(element, '[role="status"]').textContent).toBe('11 to 13 of 23');
    all(element, 'lightning-button')[0].click();
    await drawn();
    expect(graphql.getLastConfig().variables).toMatchObject({ after: null });
});

test('it waits, says why it could not read, and what an empty list means', async () => {
    const element = onHome('holds');
    expect(find(element, 'lightning-spinner')).not.toBeNull();
    graphql.emitErrors([{ message: 'No access.' }]);
    await drawn();
    expect(find(element, '[role="alert"]').textContent).toBe('The list could not be read: No access.');
    graphql.emit(answer({ Hold__c: list([]) }));
    await drawn();
    expect(words(element)).toContain('No account is on hold.');
});

test('a list that nobody made is told by name', async () => {
    const element = onHome('wishes');
    await drawn();
    expect(find(element, '[role="alert"]').textContent).toBe('There is no list of that name: wishes');
    expect(find(element, 'lightning-spinner')).toBeNull();
});

test.each(Object.keys(LISTS))('%s asks for what its columns show', async (name) => {
    const { columns, objectApiName, filter, nothing, title } = LISTS[name];
    const text = SOURCE.slice(SOURCE.indexOf(`query ${name}(`)).split('`')[0];
    expect(title && nothing).toBeTruthy();
    for (const { path } of columns) {
        for (const part of path.split('.')) {
            expect(text).toContain(part);
        }
    }
    const element = onHome(name);
    await drawn();
    const variables = graphql.getLastConfig().variables;
    expect('filter' in variables).toBe(Boolean(filter));
    graphql.emit(answer({ [objectApiName]: list([{ Id: 'r1' }]) }));
    await drawn();
    expect(find(element, 'tbody a').textContent).toBe('r1');
});

test('a list of the last days counts from the day of its reader', () => {
    const { filter } = LISTS.reversedPayments;
    expect(filter(dayFromNow)).toEqual({ filter: { Reversed_Date__c: { gte: { value: dayFromNow(-30) } } } });
    expect(dayFromNow(0)).toMatch(/^\d{4}-\d{2}-\d{2}$/);
});
