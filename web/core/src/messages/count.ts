/** `1 recording`, `2 recordings`. */
export const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
