import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as contracts from '@incidents/contracts';
import ts from 'typescript-5.4';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { run, typescriptVersions, usePackedContracts } from './packed-contracts.ts';

const packed = usePackedContracts();

const PROBLEM = `{
  type: 'urn:incident-service:problem:incident-not-found', title: 'Инцидент не найден', status: 404,
  detail: 'Инцидент не найден', instance: '/incidents/42', request_id: 'r1',
}`;

const ES_MODULE = `
import { type ListIncidentsQueryInput, Problem } from '@incidents/contracts';
import type { CreateIncidentInput, Problem as PlainProblem } from '@incidents/contracts/types';

const problem: PlainProblem = Problem.parse(${PROBLEM});
const input: CreateIncidentInput = { text: 'Бот молчит', description: 'с утра', source: 'operator' };
// @ts-expect-error: a number of the URL is a text before parsing
const query: ListIncidentsQueryInput = { limit: 5 };
console.log(problem.status, input.source, query.limit);
`;

const COMMON_JS = `
import contracts = require('@incidents/contracts');
import type { Problem } from '@incidents/contracts/types';

const problem: Problem = contracts.Problem.parse(${PROBLEM});
console.log(problem.status, require('@incidents/contracts/types') !== undefined, 5);
`;

const WITHOUT_ZOD = `
import type { Incident, OpenEnum } from '@incidents/contracts/types';

export const statusOf = (incident: Incident): OpenEnum<'новый' | 'в работе' | 'закрыт'> => incident.status;
// @ts-expect-error: no such field
export const nothingOf = (incident: Incident) => incident.nothing;
`;

const compilers = Object.entries(typescriptVersions);

/** Checks the declarations of the package and of zod, but not those of TypeScript itself. */
const STRICT = [
  '--strict',
  '--exactOptionalPropertyTypes',
  '--skipDefaultLibCheck',
  '--target',
  'es2022',
  '--lib',
  'es2022,dom',
];
const NODENEXT = ['--module', 'nodenext', '--moduleResolution', 'nodenext'];
const BUNDLER = ['--module', 'esnext', '--moduleResolution', 'bundler'];
/** The default of TypeScript 5.4 for CommonJS; TypeScript 7 has dropped it. */
const NODE10 = ['--module', 'commonjs', '--moduleResolution', 'node10', '--esModuleInterop'];

const compile = (compiler: string, options: string[], project: string) =>
  run(process.execPath, [compiler, ...STRICT, ...options], project);

// TypeScript 5.4 takes several seconds for each check of zod.
describe.each(compilers)('with TypeScript %s', { timeout: 120_000 }, (version, compiler) => {
  test('ES modules compile and run', async () => {
    const files = { 'main.ts': ES_MODULE };
    const project = await packed.makeProject(`esm-${version}`, { type: 'module', zod: 'current', files });
    expect(await compile(compiler, [...NODENEXT, 'main.ts'], project)).toBe('');
    expect(await run(process.execPath, ['main.js'], project)).toBe('404 operator 5\n');
  });

  test('CommonJS compiles and runs', async () => {
    const files = { 'main.ts': `declare const require: (name: string) => unknown;${COMMON_JS}` };
    const project = await packed.makeProject(`cjs-${version}`, { type: 'commonjs', zod: 'current', files });
    if (version === '5.4')
      expect(await compile(compiler, [...NODE10, '--noEmit', 'main.ts'], project)).toBe('');
    expect(await compile(compiler, [...NODENEXT, 'main.ts'], project)).toBe('');
    expect(await run(process.execPath, ['main.js'], project)).toBe('404 true 5\n');
  });

  test('the types compile without zod', async () => {
    const files = { 'main.ts': WITHOUT_ZOD };
    const project = await packed.makeProject(`types-${version}`, { type: 'module', files });
    for (const options of [NODENEXT, BUNDLER])
      expect(await compile(compiler, [...options, '--noEmit', 'main.ts'], project)).toBe('');
  });
});

describe('the declarations', { timeout: 120_000 }, () => {
  let project: string;

  beforeAll(async () => {
    project = await packed.makeProject('declarations', { type: 'module', zod: 'current', files: {} });
  });

  const installed = (...names: string[]) => join(project, 'node_modules/@incidents/contracts', ...names);
  const typeNames = (...files: string[]) =>
    files
      .flatMap((file) => [
        ...readFileSync(installed('dist', file), 'utf8').matchAll(/^export (?:interface|type) (\w+)/gm),
      ])
      .map(([, name]) => name ?? '')
      .sort();

  test('of the types have every type and need no other module', async () => {
    const all = (await readdir(installed('dist'))).filter((file) => file.endsWith('.d.ts'));
    expect(typeNames('types.d.ts')).toEqual(typeNames(...all.filter((file) => file !== 'types.d.ts')));
    expect(readFileSync(installed('dist/types.d.ts'), 'utf8')).not.toMatch(/import|zod/);
  });

  test('of the types equal the types that zod infers', async () => {
    const text = `
      import type * as inferred from '@incidents/contracts';
      import type * as plain from '@incidents/contracts/types';
      type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
      ${typeNames('types.d.ts')
        .filter((name) => name !== 'OpenEnum')
        .map((name) => `export const ${name}: Equal<inferred.${name}, plain.${name}> = true;`)
        .join('\n')}
      // @ts-expect-error: the comparison finds a difference
      export const different: Equal<inferred.Job, plain.JobDetails> = true;
    `;
    await writeFile(join(project, 'equal.ts'), text);
    expect(await compile(typescriptVersions.current, [...NODENEXT, '--noEmit', 'equal.ts'], project)).toBe(
      '',
    );
  });

  test('show the description of each field in editors', () => {
    const fields = Object.entries(contracts)
      .flatMap(([name, schema]) => (schema instanceof z.ZodObject ? [{ name, shape: schema.shape }] : []))
      .flatMap(({ name, shape }) =>
        Object.entries<z.ZodType>(shape).map(([field, schema]) => ({
          name,
          field,
          description: describeField(schema as z.core.$ZodTypes & z.ZodType),
        })),
      )
      .filter(({ description }) => description !== undefined);
    expect(fields.length).toBeGreaterThan(100);

    const plain = new Set(typeNames('types.d.ts'));
    const expressions = fields.flatMap(({ name, field, description }) => [
      { expression: `contracts.${name}.parse({}).${field}`, description },
      ...(plain.has(name) ? [{ expression: `({} as types.${name}).${field}`, description }] : []),
    ]);
    const lines = [
      `import * as contracts from '@incidents/contracts';`,
      `import type * as types from '@incidents/contracts/types';`,
      ...expressions.map(({ expression }) => `${expression};`),
    ];
    const hover = openInEditor(join(project, 'hover.ts'), lines.join('\n'));
    let end = lines.slice(0, 2).join('\n').length + 1;
    for (const { expression, description } of expressions) {
      end += expression.length;
      expect(hover(end - 1), expression).toBe(description);
      end += ';\n'.length;
    }
  });
});

/** The description is that of the field, or of the schema that it makes optional, nullable or transforms. */
function describeField(schema: z.core.$ZodTypes): string | undefined {
  const { def } = schema._zod;
  const inner = 'innerType' in def ? def.innerType : def.type === 'pipe' ? def.in : undefined;
  return z.globalRegistry.get(schema)?.description ?? (inner && describeField(inner as z.core.$ZodTypes));
}

/** @returns the documentation that an editor shows at an offset, on one line */
function openInEditor(file: string, text: string): (offset: number) => string {
  const service = ts.createLanguageService({
    getCompilationSettings: () => ({
      strict: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
    }),
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot(name) {
      const content = name === file ? text : ts.sys.readFile(name);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    getCurrentDirectory: () => dirname(file),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  });
  return (offset) => {
    const { documentation } = service.getQuickInfoAtPosition(file, offset) ?? {};
    return ts.displayPartsToString(documentation).replaceAll(/\s+/g, ' ');
  };
}
