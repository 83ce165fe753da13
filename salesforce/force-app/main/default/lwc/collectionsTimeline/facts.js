/** The facts of an entry: each a label with an amount of dollars, a day, or words. */

export const amount = (label, value) => ({ label, amount: value, isAmount: true });
export const day = (label, value) => ({ label, date: value, isDate: true });
export const words = (label, value) => ({ label, text: value, isText: true });

/** Those of some facts that say something. */
export const filled = (facts) =>
    facts.filter((fact) => [fact.amount, fact.date, fact.text].some((value) => value !== undefined && value !== null));
