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

export const getFieldValue = (record, { fieldApiName }) => record?.fields?.[fieldApiName]?.value;
