import { gql } from 'lightning/graphql';

/** The repossession as Drawbar and people left it, and what Drawbar refused of it. */
export const OF_CASE = gql`
    query repoDecision($caseId: ID) {
        uiapi {
            query {
                Case(where: { Id: { eq: $caseId } }, first: 1) {
                    edges {
                        node {
                            Id
                            Repossession_Stage__c { value }
                            Days_Past_Due__c { value }
                            Past_Due_Amount__c { value }
                            Payments_Made__c { value }
                            Promises_Kept__c { value }
                            Promises_Broken__c { value }
                            Payoff_Amount__c { value }
                            GPS_Verdict__c { value }
                            GPS_Reasons__c { value }
                            Market_Value__c { value }
                            Market_Value_Source__c { value }
                            Market_Value_Date__c { value }
                            Vehicle_Condition__c { value }
                            Recovery_Costs__c { value }
                            Estimated_Recovery__c { value }
                            Least_Recovery__c { value }
                            Worth_Recovering__c { value }
                            Order_Blocked_By__c { value }
                            Decision__c { value }
                            Decision_Reason__c { value }
                            Override_Reason__c { value }
                            Decision_Taken__c { value }
                            Decided_By__c { value }
                            Decided_At__c { value }
                            Decided_Why__c { value }
                            Override__c { value }
                        }
                    }
                }
                Sync_Error__c(
                    where: { Case__c: { eq: $caseId } }
                    orderBy: { Last_Failed__c: { order: DESC, nulls: LAST } }
                    first: 5
                ) {
                    edges { node { Id Message__c { value } Remedy__c { value } } }
                }
            }
        }
    }
`;

/** How the lessee has paid and kept promises, newest first, and the holds that are in force. */
export const OF_ACCOUNT = gql`
    query repoHistory($accountId: ID, $first: Int) {
        uiapi {
            query {
                Payment__c(
                    where: { Lease_Account__c: { eq: $accountId } }
                    orderBy: { Effective_Date__c: { order: DESC, nulls: LAST } }
                    first: $first
                ) {
                    totalCount
                    edges { node { Id Effective_Date__c { value } Amount__c { value } Is_Reversed__c { value } } }
                }
                Promise_To_Pay__c(
                    where: { Lease_Account__c: { eq: $accountId } }
                    orderBy: { Promised_Date__c: { order: DESC, nulls: LAST } }
                    first: $first
                ) {
                    totalCount
                    edges {
                        node {
                            Id
                            Promised_Date__c { value }
                            Amount__c { value }
                            Paid_Amount__c { value }
                            Status__c { value }
                        }
                    }
                }
                Hold__c(
                    where: { Lease_Account__c: { eq: $accountId }, In_Force__c: { eq: true } }
                    orderBy: { From__c: { order: DESC, nulls: LAST } }
                    first: $first
                ) {
                    totalCount
                    edges { node { Id Kind__c { value } From__c { value } Until__c { value } Reason__c { value } } }
                }
            }
        }
    }
`;
