/** Makes calls wait for one another: what one does on a connection must not come between the messages of another. */
export function oneByOne<Result>(run: (sql: string) => Promise<Result>): (sql: string) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return async (sql) => {
    const result = last.then(async () => run(sql));
    last = result.catch(() => undefined);
    return result;
  };
}
