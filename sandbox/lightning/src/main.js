import './styles.js';
import '@lwc/synthetic-shadow';
import { createElement } from 'lwc';
import accountSummary from 'c/accountSummary';
import collectionsTimeline from 'c/collectionsTimeline';
import collectorQueue from 'c/collectorQueue';
import repoDecision from 'c/repoDecision';
import repoStates from 'c/repoStates';
import syncStatus from 'c/syncStatus';
import vehicleMap from 'c/vehicleMap';
import workList from 'c/workList';
import icon from 'lightning/icon';

const COMPONENTS = {
    'c-account-summary': accountSummary,
    'c-collections-timeline': collectionsTimeline,
    'c-collector-queue': collectorQueue,
    'c-repo-decision': repoDecision,
    'c-repo-states': repoStates,
    'c-sync-status': syncStatus,
    'c-vehicle-map': vehicleMap,
    'c-work-list': workList,
    'lightning-icon': icon,
};

/** Puts a component into each place of the page that is kept for one, as a Lightning page does. */
for (const place of document.querySelectorAll('[data-component]')) {
    const { component, ...properties } = place.dataset;
    const element = createElement(component, { is: COMPONENTS[component] });
    Object.assign(element, properties);
    place.append(element);
}
