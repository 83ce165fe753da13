/** Puts components on a page and answers them as GraphQL does, for tests. */
import { createElement } from 'lwc';

/** Put a component on the page, with its properties. */
export const show = (tag, component, properties = {}) => {
    const element = createElement(tag, { is: component });
    Object.assign(element, properties);
    document.body.appendChild(element);
    return element;
};

export const clear = () => {
    while (document.body.firstChild) {
        document.body.removeChild(document.body.firstChild);
    }
};

/** Let the page draw what has changed. */
export const drawn = async () => {
    for (let turn = 0; turn < 4; turn += 1) {
        await Promise.resolve();
    }
};

/** Write a record as a query answers it: `{Name: 'A', Lessee__r: {Name: 'B'}}`. */
export const record = ({ Id, ...fields }) => ({
    Id,
    ...Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [
            name,
            value !== null && typeof value === 'object' ? record(value) : { value }
        ])
    )
});

/** Write a list of records as a query answers it. */
export const list = (records, totalCount = records.length, pageInfo = {}) => ({
    totalCount,
    pageInfo,
    edges: records.map((each) => ({ node: record(each) }))
});

export const answer = (objects) => ({ uiapi: { query: objects } });

export const words = (element) => element.shadowRoot.textContent.replace(/\s+/g, ' ');

export const find = (element, selector) => element.shadowRoot.querySelector(selector);

export const all = (element, selector) => [...element.shadowRoot.querySelectorAll(selector)];
