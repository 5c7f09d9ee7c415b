import { describe, expect, test } from 'vitest';
import { readOpponents, readOptions } from './options.ts';

describe('readOpponents', () => {
  test.each([
    ['main=http://127.0.0.1:8001', { name: 'main', url: 'http://127.0.0.1:8001' }],
    ['main=http://127.0.0.1:8001/', { name: 'main', url: 'http://127.0.0.1:8001' }],
    ['the other one=https://[::1]', { name: 'the other one', url: 'https://[::1]' }],
  ])('reads %j', (value, opponent) => {
    expect(readOpponents([value])).toEqual([opponent]);
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
    expect(() => readOpponents([value])).toThrow(message);
  });

  test('refuses two servers of one name, and the name of this service', () => {
    expect(() => readOpponents(['service=http://127.0.0.1:1'])).toThrow('the name service');
    expect(() => readOpponents(['a=http://127.0.0.1:1', 'a=http://127.0.0.1:2'])).toThrow('the name a');
  });
});

describe('readOptions', () => {
  const names = (only: string) => readOptions(['--only', only]).scenarios.map(({ name }) => name);

  test('takes a scenario by its whole name, and several by the beginning of theirs', () => {
    expect(names('list20-cold')).toEqual(['list20-cold']);
    expect(names('create,list20')).toEqual([
      'create-1',
      'create-8',
      'create-64',
      'create-250',
      'list20-hot',
      'list20-cold',
    ]);
  });

  const workerNames = (...args: string[]) => readOptions(args).workerLoads.map(({ name }) => name);

  test('takes loads with a worker by the beginning of their name, without any scenario', () => {
    expect(workerNames('--only', 'told')).toEqual(['told-1']);
    expect(workerNames('--only', 'no-op')).toEqual(['no-op-jobs']);
    expect(names('told')).toEqual([]);
    expect(workerNames('--only', 'create')).toEqual([]);
  });

  test('tells twenty mailboxes and chats in full, or when that is named whole', () => {
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
    expect(() => readOptions(args)).toThrow(message);
  });

  test('runs for longer in full', () => {
    expect(readOptions([])).toMatchObject({ rounds: 3, seconds: 2 });
    expect(readOptions(['--full'])).toMatchObject({ rounds: 5, seconds: 4 });
    expect(readOptions(['--full', '--rounds', '1'])).toMatchObject({ rounds: 1, seconds: 4 });
  });
});
