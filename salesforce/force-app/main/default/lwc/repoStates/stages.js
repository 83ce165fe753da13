/** The stages of a repossession in the order of the process; a stage that is not named here stands after them. */
export const STAGES = [
    'Requested',
    'Under Review',
    'Another Chance',
    'Approved',
    'Ordered',
    'Accepted',
    'Declined',
    'Located',
    'Failed Attempt',
    'On Hold',
    'Cancelled',
    'Lost',
    'Repossessed',
    'In Storage',
    'In Repair',
    'Inventory',
    'Remarketing',
    'Sold',
    'Released',
    'Final Review',
    'Closed'
];
