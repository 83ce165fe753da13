// Tests of the package's components. Run in the folder `salesforce/`, which is the project that the components are of.
const { jestConfig } = require('@salesforce/sfdx-lwc-jest/config');

module.exports = {
    ...jestConfig,
    roots: [__dirname],
    modulePaths: [`${__dirname}/node_modules`],
    testMatch: ['**/*.test.js'],
    cacheDirectory: `${__dirname}/node_modules/.cache/jest`,
};
