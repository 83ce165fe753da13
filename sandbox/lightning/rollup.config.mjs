// Builds the package's own components, with the base components of Lightning, for the pages of the sandbox.
// Written to `built/`; run by `make lightning`.
import { cpSync, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import lwc from '@lwc/rollup-plugin';
import nodeResolve from '@rollup/plugin-node-resolve';
import replace from '@rollup/plugin-replace';

const here = dirname(fileURLToPath(import.meta.url));
const components = resolve(here, '../../salesforce/force-app/main/default/lwc');
const base = join(here, 'node_modules/lightning-base-components/src/lightning');
const design = join(here, 'node_modules/@salesforce-ux/design-system');
const built = join(here, 'built');

const ICONS_OF_BASE_COMPONENTS = [
    'utility:check', 'utility:chevrondown', 'utility:chevronleft', 'utility:chevronright', 'utility:clear', 'utility:close',
    'utility:down', 'utility:error', 'utility:info', 'utility:success', 'utility:warning',
];

const ICONS_OF_PAGES = ['standard:account', 'standard:case', 'standard:contract', 'standard:default', 'custom:custom98'];

const filesIn = (folder) =>
    readdirSync(folder, { recursive: true }).map((name) => join(folder, name)).filter((name) => /\.(js|html)$/.test(name));

const iconsUsed = () => {
    const texts = filesIn(components).map((name) => readFileSync(name, 'utf8'));
    const named = texts.flatMap((text) => text.match(/\b(?:utility|standard|custom|action):[a-z0-9_]+/g) ?? []);
    return [...new Set([...ICONS_OF_BASE_COMPONENTS, ...ICONS_OF_PAGES, ...named])].sort();
};

/** The base components carry thousands of icons as templates; only those that are named anywhere come along. */
const icons = () => ({
    name: 'icons',
    load(id) {
        const kind = /iconSvgTemplates(Utility|Standard|Custom|Action|Doctype)(Rtl)?\.js$/.exec(id);
        if (!kind) {
            return null;
        }
        const category = kind[1].toLowerCase();
        const used = kind[2] ? [] : iconsUsed().filter((name) => name.startsWith(`${category}:`));
        const imports = used.map((name) => {
            const file = join(dirname(id), 'buildTemplates', category, `${name.split(':')[1]}.html`);
            if (!existsSync(file)) {
                this.error(`There is no icon ${name}.`);
            }
            return `import ${name.replace(':', '_')} from ${JSON.stringify(file)};`;
        });
        const names = used.map((name) => name.replace(':', '_')).join(', ');
        return `${imports.join('\n')}\nexport default { ${names} };`;
    },
});

/** What Salesforce itself answers for: names of fields, and the user who is logged in. */
const scoped = () => ({
    name: 'scoped',
    resolveId(source) {
        return /^@salesforce\/(schema|user)\//.test(source) ? `\0${source}` : null;
    },
    load(id) {
        const schema = /^\0@salesforce\/schema\/(\w+)\.(\w+)$/.exec(id);
        if (schema) {
            return `export default ${JSON.stringify({ objectApiName: schema[1], fieldApiName: schema[2] })};`;
        }
        return id === '\0@salesforce/user/Id' ? `export default document.body.dataset.user;` : null;
    },
});

/** The package's folder has no package.json, from which modules are found; so they are found from here. */
const foundFromHere = () => ({
    name: 'found-from-here',
    resolveId(source, importer) {
        const isModule = /^(c|lightning|lwc)(\/|$)/.test(source);
        return isModule && importer?.startsWith(components)
            ? this.resolve(source, join(here, 'src/main.js'), { skipSelf: true })
            : null;
    },
});

const withoutWarnings = (warning, warn) => {
    if (!warning.loc?.file?.includes('node_modules') && !warning.id?.includes('node_modules')) {
        warn(warning);
    }
};

/** Style sheet, fonts and their licence, as the pages ask for them. */
const designSystem = () => ({
    name: 'design-system',
    writeBundle() {
        cpSync(join(design, 'assets/styles/salesforce-lightning-design-system.min.css'), join(built, 'slds.css'));
    },
});

rmSync(built, { recursive: true, force: true });

export default {
    input: join(here, 'src/main.js'),
    onwarn: withoutWarnings,
    plugins: [
        foundFromHere(),
        scoped(),
        icons(),
        lwc({
            rootDir: join(here, 'src'),
            enableDynamicComponents: true,
            modules: [
                { name: 'lightning/graphql', path: join(here, 'src/graphql.js') },
                { name: 'lightning/uiRecordApi', path: join(here, 'src/uiRecordApi.js') },
                ...readdirSync(components).map((name) => ({ name: `c/${name}`, path: join(components, name, `${name}.js`) })),
                { npm: 'lightning-base-components' },
            ],
        }),
        nodeResolve(),
        replace({ preventAssignment: true, values: { 'process.env.NODE_ENV': "'production'", 'import.meta.env.SSR': 'false' } }),
        designSystem(),
    ],
    output: { dir: built, format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name].js' },
};
