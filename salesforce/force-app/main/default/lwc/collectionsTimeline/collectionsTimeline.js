import LeaseAccountElement from 'c/leaseAccountElement';
import { pageAddress } from 'c/readings';
import { SOURCES } from './sources';

const STEP = 20;

const isMoment = (at) => Boolean(at) && at.includes('T');

/** Everything that happened on a lease account, newest first, of all kinds or of those that are chosen (P05, P25, P26). */
export default class CollectionsTimeline extends LeaseAccountElement {
    sources = SOURCES;
    shown = STEP;
    hidden = [];
    readings = {};

    take(event) {
        this.readings = { ...this.readings, [event.detail.name]: event.detail };
    }

    get filters() {
        return SOURCES.map(({ name, label }) => {
            const on = !this.hidden.includes(name);
            return {
                name,
                label: `${label} (${this.readings[name]?.count ?? 0})`,
                pressed: String(on),
                class: `slds-button ${on ? 'slds-button_brand' : 'slds-button_neutral'}`
            };
        });
    }

    get chosen() {
        return Object.values(this.readings).filter(({ name }) => !this.hidden.includes(name));
    }

    get total() {
        return this.chosen.reduce((sum, { count }) => sum + count, 0);
    }

    get entries() {
        const objects = Object.fromEntries(SOURCES.map(({ name, objectApiName }) => [name, objectApiName]));
        return this.chosen
            .flatMap(({ entries }) => entries)
            .sort((one, other) => (other.at ?? '').localeCompare(one.at ?? ''))
            .slice(0, this.shown)
            .map((entry) => ({
                ...entry,
                day: isMoment(entry.at) ? undefined : entry.at,
                moment: isMoment(entry.at) ? entry.at : undefined,
                address: pageAddress(objects[entry.name], entry.recordId)
            }));
    }

    get hasEntries() {
        return this.entries.length > 0;
    }

    get failures() {
        const labels = Object.fromEntries(SOURCES.map(({ name, label }) => [name, label]));
        const failed = Object.values(this.readings).filter(({ reason }) => reason);
        return failed.map(({ name, reason }) => ({ name, text: `${labels[name]} could not be read: ${reason}` }));
    }

    get isLoading() {
        const read = Object.keys(this.readings).length;
        return !this.holderReason && !this.hasNoAccount && read < SOURCES.length;
    }

    get isEmpty() {
        return !this.isLoading && !this.hasEntries && !this.failures.length && !this.holderReason;
    }

    get hasMore() {
        return this.total > this.shown;
    }

    get progress() {
        return `${this.entries.length} of ${this.total}`;
    }

    toggle(event) {
        const { name } = event.currentTarget.dataset;
        const off = this.hidden.includes(name);
        this.hidden = off ? this.hidden.filter((each) => each !== name) : [...this.hidden, name];
    }

    showMore() {
        this.shown += STEP;
    }
}
