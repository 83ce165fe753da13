import { LightningElement, wire } from 'lwc';
import { gql, graphql } from 'lightning/graphql';
import { countOf, pageAddress, reasonsOf, recordsOf, valueOf } from 'c/readings';
import { STAGES } from './stages';

const MOST = 500;

/** The open repossessions by the stage where they stand, in the order of the process; a stage shows its cases (P28). */
export default class RepoStates extends LightningElement {
    chosen = '';

    @wire(graphql, {
        query: gql`
            query repoStates($first: Int) {
                uiapi {
                    query {
                        Case(
                            where: { IsClosed: { eq: false }, RecordType: { DeveloperName: { eq: "Repossession" } } }
                            orderBy: { Repossession_Requested__c: { order: ASC, nulls: LAST } }
                            first: $first
                        ) {
                            totalCount
                            edges {
                                node {
                                    Id
                                    CaseNumber { value }
                                    Repossession_Stage__c { value }
                                    Repossession_Requested__c { value }
                                    Agent__c { value }
                                    Account { Name { value } }
                                    Vehicle__r { Id Name { value } }
                                }
                            }
                        }
                    }
                }
            }
        `,
        variables: '$variables'
    })
    answer;

    get variables() {
        return { first: MOST };
    }

    get reason() {
        return reasonsOf(this.answer?.errors);
    }

    get isLoading() {
        return !this.reason && !this.answer?.data;
    }

    get total() {
        return countOf(this.answer?.data, 'Case');
    }

    get title() {
        return this.answer?.data ? `Repossessions by stage (${this.total})` : 'Repossessions by stage';
    }

    get cases() {
        return recordsOf(this.answer?.data, 'Case').map((record) => ({
            id: record.Id,
            number: valueOf(record, 'CaseNumber'),
            address: pageAddress('Case', record.Id),
            stage: valueOf(record, 'Repossession_Stage__c') ?? 'No stage',
            requested: valueOf(record, 'Repossession_Requested__c'),
            lessee: valueOf(record, 'Account.Name'),
            vehicle: valueOf(record, 'Vehicle__r.Name'),
            agent: valueOf(record, 'Agent__c')
        }));
    }

    get stages() {
        const cases = this.cases;
        const stages = [...new Set([...STAGES, ...cases.map(({ stage }) => stage)])];
        const most = Math.max(...stages.map((stage) => cases.filter((each) => each.stage === stage).length), 1);
        return stages
            .map((stage) => ({ stage, of: cases.filter((each) => each.stage === stage) }))
            .filter(({ of }) => of.length)
            .map(({ stage, of }) => ({
                stage,
                count: of.length,
                oldest: of[0].requested,
                share: `${Math.round((100 * of.length) / most)}`,
                isOpen: stage === this.chosen,
                expanded: String(stage === this.chosen),
                cases: of
            }));
    }

    get hasStages() {
        return this.stages.length > 0;
    }

    get rest() {
        const unread = this.total - this.cases.length;
        return unread > 0 ? `${unread} later ones are not counted here.` : '';
    }

    toggle(event) {
        const { stage } = event.currentTarget.dataset;
        this.chosen = this.chosen === stage ? '' : stage;
    }
}
