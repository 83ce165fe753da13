import { Adapter } from './adapter.js';

/** Reads fields of one record: `{data: {fields: {Name: {value}}}, error}`. */
export class getRecord extends Adapter {
    nothing = { data: undefined, error: undefined };

    isComplete({ recordId, fields }) {
        return Boolean(recordId && fields);
    }

    async ask({ recordId, fields }) {
        const names = fields.map(({ objectApiName, fieldApiName }) => `${objectApiName}.${fieldApiName}`);
        const answer = await fetch(`/pages/records/${recordId}?${new URLSearchParams({ fields: names.join(',') })}`);
        const body = await answer.json();
        return answer.ok ? { data: body, error: undefined } : { data: undefined, error: { body, status: answer.status } };
    }

    failed(error) {
        return { data: undefined, error: { body: { message: error.message } } };
    }
}

/** Saves fields of one record, `{fields: {Id, Name: value}}`; a refusal is thrown as `{body: {message, output}, status}`. */
export const updateRecord = async ({ fields: { Id, ...fields } }) => {
    const answer = await fetch(`/pages/records/${Id}`, {
        method: 'PATCH',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ fields }),
    });
    const body = await answer.json();
    if (!answer.ok) {
        throw Object.assign(new Error(body.message), { body, status: answer.status });
    }
    return body;
};

export const getFieldValue = (record, { fieldApiName }) => record?.fields?.[fieldApiName]?.value;
