import { describe, expect, test } from 'vitest';
import { parseOptions, parsePeers } from './options.ts';

describe('parsePeers', () => {
  test.each([
    ['main=http://127.0.0.1:8001', { name: 'main', url: 'http://127.0.0.1:8001' }],
    ['main=http://127.0.0.1:8001/', { name: 'main', url: 'http://127.0.0.1:8001' }],
    ['another peer=https://[::1]', { name: 'another peer', url: 'https://[::1]' }],
  ])('reads %j', (value, peer) => {
    expect(parsePeers([value])).toEqual([peer]);
  });

  test.each([
    ['http://127.0.0.1:8001', 'NAME=URL'],
    ['main', 'NAME=URL'],
    ['=http://127.0.0.1:8001', 'NAME=URL'],
    ['main=', 'NAME=URL'],
    ['a|b=http://127.0.0.1:8001', 'NAME=URL'],
    ['main=127.0.0.1:8001', 'http://'],
    ['main=ftp://127.0.0.1', 'http://'],
    ['main=a=http://127.0.0.1:8001', 'http://'],
    ['main=http://127.0.0.1:8001/api', 'address alone'],
    ['main=http://127.0.0.1:8001/?key=1', 'address alone'],
    ['main=http://user:password@127.0.0.1:8001', 'address alone'],
  ])('refuses %j', (value, message) => {
    expect(() => parsePeers([value])).toThrow(message);
  });

  test('refuses duplicate names and the name of this service', () => {
    expect(() => parsePeers(['service=http://127.0.0.1:1'])).toThrow('the name service');
    expect(() => parsePeers(['a=http://127.0.0.1:1', 'a=http://127.0.0.1:2'])).toThrow('the name a');
  });
});

describe('parseOptions', () => {
  const names = (only: string) => parseOptions(['--only', only]).scenarios.map(({ name }) => name);

  test('selects scenarios by name or prefix', () => {
    expect(names('list20-cold')).toEqual(['list20-cold']);
    expect(names('create,list20')).toEqual([
      'create-1',
      'create-8',
      'create-64',
      'create-250',
      'create-keyed',
      'list20-hot',
      'list20-cold',
    ]);
  });

  const workerNames = (...args: string[]) => parseOptions(args).workerLoads.map(({ name }) => name);

  test('selects worker loads by prefix, without scenarios', () => {
    expect(workerNames('--only', 'told')).toEqual(['told-1']);
    expect(workerNames('--only', 'no-op')).toEqual(['no-op-jobs']);
    expect(names('told')).toEqual([]);
    expect(workerNames('--only', 'create')).toEqual([]);
  });

  test('includes told-20 with --full or by its whole name', () => {
    expect(workerNames()).toEqual(['told-1', 'no-op-jobs']);
    expect(workerNames('--full')).toEqual(['told-1', 'told-20', 'no-op-jobs']);
    expect(workerNames('--only', 'told-20')).toEqual(['told-20']);
  });

  test.each([
    [['--only', 'list2'], 'no scenario list2'],
    [['--only', 'told-2'], 'no scenario told-2'],
    [['--rounds', '0'], '--rounds'],
    [['--seconds', '1.5'], '--seconds'],
    [['--nonsense'], 'nonsense'],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });

  test('runs longer with --full', () => {
    expect(parseOptions([])).toMatchObject({ rounds: 3, seconds: 2 });
    expect(parseOptions(['--full'])).toMatchObject({ rounds: 5, seconds: 4 });
    expect(parseOptions(['--full', '--rounds', '1'])).toMatchObject({ rounds: 1, seconds: 4 });
  });
});
