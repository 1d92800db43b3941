export type Cell = string | number | bigint | boolean | Date | null | undefined;

/** Writes records as an aligned table: texts to the left, numbers to the right. */
export function formatTable(rows: readonly { readonly [column: string]: Cell }[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const texts = rows.map((row) => columns.map((column) => toText(row[column])));
  const isNumber = columns.map((column) => rows.every((row) => isNumeric(row[column])));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...texts.map((cells) => cells[index]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (isNumber[index] ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!)))
      .join("  ")
      .trimEnd();
  return [line(columns), line(widths.map((width) => "-".repeat(width))), ...texts.map(line)].join("\n");
}

function toText(cell: Cell): string {
  if (cell === null || cell === undefined) return "-";
  if (cell instanceof Date) return cell.toISOString();
  // One row of the table is one line of the terminal.
  return String(cell).replaceAll(/\s*\n\s*/g, " ");
}

function isNumeric(cell: Cell): boolean {
  return cell === null || cell === undefined || typeof cell === "number" || typeof cell === "bigint";
}
