// Style and pitfalls of the package's components, by Salesforce's own rules. Run at the top of the repository.
const lwc = require('@salesforce/eslint-config-lwc');

const COMPONENTS = 'salesforce/force-app/main/default/lwc/**/*.js';

module.exports = [
    ...lwc.configs.recommended.map((config) => ({ ...config, files: [COMPONENTS] })),
    { files: [COMPONENTS], linterOptions: { reportUnusedDisableDirectives: 'error' } }
];
