import { LISTS_OF_ACCOUNTING } from './listsOfAccounting';
import { LISTS_OF_ASSETS } from './listsOfAssets';
import { LISTS_OF_COLLECTIONS } from './listsOfCollections';

/**
 * The lists by name. A query takes `$first` and `$after` and gives `totalCount` and `pageInfo`; the first column names
 * the record and leads to it, one with `parent` leads to that. `filter` gives the variable `$filter` by the day.
 */
export const LISTS = { ...LISTS_OF_COLLECTIONS, ...LISTS_OF_ASSETS, ...LISTS_OF_ACCOUNTING };
