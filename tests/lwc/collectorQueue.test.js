import { graphql } from 'lightning/graphql';
import CollectorQueue from 'c/collectorQueue';
import { reasonsFor } from '../../salesforce/force-app/main/default/lwc/collectorQueue/reasons';
import { all, answer, clear, drawn, find, list, record, show, words } from './page';

const kase = (number, changes = {}) => ({
    Id: `500${number}`,
    CaseNumber: `0000${number}`,
    Status: 'New',
    Priority: 'High',
    Days_Past_Due__c: 75,
    Past_Due_Amount__c: 9000,
    Times_Reopened__c: 1,
    Account: { Name: 'Ruiz Hauling' },
    Lease_Account__r: { Id: 'a01', Name: 'LW00000001', Collector__c: 'YDIALLO', Open_Promise_Date__c: null, Promises_Broken__c: 2 },
    ...changes
});

const queue = (count = 3, total = count, page = {}) =>
    answer({ Case: list(Array.from({ length: count }, (_, place) => kase(place + 1)), total, page) });

const isQueue = ({ variables }) => Boolean(variables);
const isCollectors = ({ variables }) => !variables;
const press = (element, key) => {
    const from = element.shadowRoot.activeElement ?? find(element, 'a.case');
    from.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true }));
};
const numbers = (element) => all(element, 'a.case').map((each) => each.textContent);

afterEach(clear);

test('cases stand with their reasons', async () => {
    const element = show('c-collector-queue', CollectorQueue);
    await drawn();
    graphql.emit(queue(), isQueue);
    await drawn();
    expect(numbers(element)).toEqual(['00001', '00002', '00003']);
    expect(words(element)).toContain('61+ days past due, no open promise, 2 broken promises, reopened once');
    expect(find(element, '[role="status"]').textContent).toBe('1 to 3 of 3 open cases');
});

test.each([
    ['2026-11-30', 'promise due today'],
    ['2026-11-29', 'promised day has passed'],
    ['2026-12-01', 'waits for a promise']
])('a promise for %s is a reason: %s', (due, reason) => {
    const given = record(kase(1, { Lease_Account__r: { Id: 'a01', Open_Promise_Date__c: due } }));
    expect(reasonsFor(given, '2026-11-30')).toContain(reason);
});

test('pages follow one another, and back', async () => {
    const element = show('c-collector-queue', CollectorQueue, { pageSize: 3 });
    await drawn();
    graphql.emit(queue(3, 1000, { hasNextPage: true, endCursor: 'Mw==' }), isQueue);
    await drawn();
    const [previous, next] = all(element, 'lightning-button');
    expect([previous.disabled, next.disabled]).toEqual([true, false]);
    next.click();
    await drawn();
    graphql.emit(queue(3, 1000, { hasNextPage: true, endCursor: 'Ng==' }), isQueue);
    await drawn();
    expect(find(element, '[role="status"]').textContent).toBe('4 to 6 of 1000 open cases');
    press(element, 'PageUp');
    await drawn();
    expect(find(element, '[role="status"]').textContent).toContain('1 to 3 of');
});

test('arrow keys go from case to case', async () => {
    const element = show('c-collector-queue', CollectorQueue);
    await drawn();
    graphql.emit(queue(), isQueue);
    await drawn();
    const at = () => element.shadowRoot.activeElement.textContent;
    find(element, 'a.case').focus();
    press(element, 'ArrowDown');
    expect(at()).toBe('00002');
    press(element, 'End');
    expect(at()).toBe('00003');
    press(element, 'ArrowDown');
    expect(at()).toBe('00003');
    press(element, 'Home');
    expect(at()).toBe('00001');
});

test('it can be narrowed to one collector', async () => {
    const element = show('c-collector-queue', CollectorQueue);
    await drawn();
    const groups = { edges: [{ node: { aggregate: { Collector__c: { value: 'YDIALLO' } } } }] };
    graphql.emit({ uiapi: { aggregate: { Lease_Account__c: groups } } }, isCollectors);
    await drawn();
    const select = find(element, 'select');
    expect(all(element, 'option').map((each) => each.textContent)).toEqual(['All collectors', 'My cases', 'Collector YDIALLO']);
    select.value = 'collector:YDIALLO';
    select.dispatchEvent(new CustomEvent('change'));
    await drawn();
    const filters = { IsClosed: { eq: false }, Lease_Account__r: { Collector__c: { eq: 'YDIALLO' } } };
    expect(graphql.getLastConfig().variables.filter).toEqual(filters);
});

test('it waits, tells a refusal, and praises an empty queue', async () => {
    const element = show('c-collector-queue', CollectorQueue);
    expect(find(element, 'lightning-spinner')).not.toBeNull();
    await drawn();
    graphql.emitErrors([{ message: 'No access.' }], isQueue);
    await drawn();
    expect(find(element, '[role="alert"]').textContent).toContain('No access.');
    graphql.emit(queue(0), isQueue);
    await drawn();
    expect(words(element)).toContain('No open delinquency case');
});
