import { graphql } from 'lightning/graphql';
import RepoStates from 'c/repoStates';
import { all, answer, clear, drawn, find, list, show, words } from './page';

const repossession = (at, stage) => ({
    Id: `c${at}`, CaseNumber: `0000${at}`, Repossession_Stage__c: stage, Repossession_Requested__c: `2026-11-0${at}T10:00:00.000Z`,
    Agent__c: 'RDN', Account: { Name: 'Alder Freight' }, Vehicle__r: { Id: 'v1', Name: `VH${at}` }
});

const onHome = () => show('c-repo-states', RepoStates);
const told = (element) => all(element, 'button').map((each) => [find2(each, '.name'), find2(each, '.count')]);
const find2 = (element, selector) => element.querySelector(selector).textContent;

afterEach(clear);

test('stages stand in the order of the process, each with its count, and a new one after them', async () => {
    const element = onHome();
    graphql.emit(answer({ Case: list([repossession(1, 'In Repair'), repossession(2, 'Requested'), repossession(3, 'Towed'), repossession(4, 'Requested')]) }));
    await drawn();
    expect(find(element, 'lightning-card').title).toBe('Repossessions by stage (4)');
    expect(told(element)).toEqual([['Requested', '2'], ['In Repair', '1'], ['Towed', '1']]);
    expect(all(element, 'rect').map((each) => each.getAttribute('width'))).toEqual(['100', '50', '50']);
    expect(all(element, 'lightning-formatted-date-time')[0].value).toBe('2026-11-02T10:00:00.000Z');
});

test('a stage shows its cases and hides them again', async () => {
    const element = onHome();
    graphql.emit(answer({ Case: list([repossession(1, 'Ordered'), repossession(2, 'Requested')]) }));
    await drawn();
    all(element, 'button')[1].click();
    await drawn();
    expect(all(element, 'button').map((each) => each.getAttribute('aria-expanded'))).toEqual(['false', 'true']);
    expect(find(element, '.cases a').getAttribute('href')).toBe('/lightning/r/Case/c1/view');
    expect(words(element)).toContain('VH1 Alder Freight RDN');
    all(element, 'button')[1].click();
    await drawn();
    expect(find(element, '.cases')).toBeNull();
});

test('what is beyond the most that is read is told', async () => {
    const element = onHome();
    graphql.emit(answer({ Case: list([repossession(1, 'Ordered')], 501) }));
    await drawn();
    expect(words(element)).toContain('500 later ones are not counted here.');
});

test('it waits, tells a refusal, and says when there is none', async () => {
    const element = onHome();
    expect(find(element, 'lightning-spinner')).not.toBeNull();
    graphql.emitErrors([{ message: 'No access.' }]);
    await drawn();
    expect(find(element, '[role="alert"]').textContent).toBe('The repossessions could not be read: No access.');
    graphql.emit(answer({ Case: list([]) }));
    await drawn();
    expect(words(element)).toContain('No repossession is under way.');
});
