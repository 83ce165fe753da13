import { Adapter } from './adapter.js';

/** Asks the sandbox what a component asks Salesforce, and hands on `{data, errors, refresh}`. */
export class graphql extends Adapter {
    nothing = { data: undefined, errors: undefined };

    isComplete({ query, ...rest }) {
        return query !== undefined && (!('variables' in rest) || rest.variables !== undefined);
    }

    async ask({ query, variables }) {
        const answer = await fetch('/pages/graphql', {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ query, variables: variables ?? {} }),
        });
        const { data, errors } = await answer.json();
        return { data: errors?.length ? undefined : data, errors: errors?.length ? errors : undefined };
    }

    failed(error) {
        return { data: undefined, errors: [{ message: error.message }] };
    }
}

export const gql = (texts, ...values) => String.raw({ raw: texts }, ...values);
