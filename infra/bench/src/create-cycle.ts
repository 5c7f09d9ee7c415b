import { randomInt } from 'node:crypto';

export function createCycle<Item>(items: Item[]): () => Item {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [order[last], order[other]] = [order[other] as Item, order[last] as Item];
  }
  let steps = 0;
  return () => {
    if (order.length === 0) throw new Error('there is nothing to choose from');
    return order[steps++ % order.length] as Item;
  };
}
