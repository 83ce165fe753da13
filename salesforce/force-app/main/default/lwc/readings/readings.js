/** Reads the answers of the GraphQL wire adapter, whose records lie in `uiapi.query.<Object>.edges[].node`. */

const connection = (answer, objectApiName) => answer?.uiapi?.query?.[objectApiName];

/** The records of one object in an answer, in their order; none while there is no answer. */
export const recordsOf = (answer, objectApiName) =>
    (connection(answer, objectApiName)?.edges ?? []).map((edge) => edge.node);

/** How many records there are in all, of which an answer holds the first; needs `totalCount` in the query. */
export const countOf = (answer, objectApiName) => connection(answer, objectApiName)?.totalCount ?? 0;

/** Where the answer ends: `{hasNextPage, endCursor}`. */
export const pageOf = (answer, objectApiName) => connection(answer, objectApiName)?.pageInfo ?? {};

/** The value of a field, or of a parent's (`Lessee__r.Name`); null when it is empty. */
export const valueOf = (record, path) =>
    path.split('.').reduce((place, name) => place?.[name], record)?.value ?? null;

/** The reasons why a query failed, as one line; empty when it did not. */
export const reasonsOf = (errors) => (errors ?? []).map((each) => each.message).join(' ');

/** The address of a record's page. */
export const pageAddress = (objectApiName, recordId) => `/lightning/r/${objectApiName}/${recordId}/view`;

/** Why a save was refused, as one line: the reasons of fields and rules where Salesforce gives them, else its message. */
export const refusalOf = (error) => {
    const output = error?.body?.output ?? {};
    const found = [...(output.errors ?? []), ...Object.values(output.fieldErrors ?? {}).flat()];
    return reasonsOf(found) || error?.body?.message || error?.message || 'Salesforce gave no reason.';
};
