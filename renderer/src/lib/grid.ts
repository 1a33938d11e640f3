/** Geometry of a grid of equal cells in a scrolling window. All in CSS pixels. */
export interface GridShape {
  total: number;
  /** Width and height of the visible window. */
  width: number;
  height: number;
  cellWidth: number;
  cellHeight: number;
}

export function columnsOf({ width, cellWidth }: GridShape): number {
  // A cell may be an exact share of the width: rounding errors must not cost a column.
  return Math.max(1, Math.floor(width / cellWidth + 1e-6));
}

export function contentHeight(shape: GridShape): number {
  return Math.ceil(shape.total / columnsOf(shape)) * shape.cellHeight;
}

/** Positions that are visible at a scroll offset: [from, to). */
export function visibleRange(shape: GridShape, scroll: number): [from: number, to: number] {
  const columns = columnsOf(shape);
  const firstRow = Math.max(0, Math.floor(scroll / shape.cellHeight));
  const lastRow = Math.ceil((scroll + shape.height) / shape.cellHeight);
  return [Math.min(shape.total, firstRow * columns), Math.min(shape.total, lastRow * columns)];
}

/** Top left corner of a cell within the scrolled content. */
export function cellOrigin(shape: GridShape, index: number): { x: number; y: number } {
  const columns = columnsOf(shape);
  return { x: (index % columns) * shape.cellWidth, y: Math.floor(index / columns) * shape.cellHeight };
}

/** The cell under a point of the scrolled content; null between and beyond. */
export function cellAt(shape: GridShape, x: number, y: number): number | null {
  const columns = columnsOf(shape);
  const column = Math.floor(x / shape.cellWidth);
  if (column < 0 || column >= columns || y < 0) return null;
  const index = Math.floor(y / shape.cellHeight) * columns + column;
  return index < shape.total ? index : null;
}

/** The scroll offset nearest to the present one at which a cell is wholly visible. */
export function scrollTo(shape: GridShape, index: number, scroll: number): number {
  const { y } = cellOrigin(shape, index);
  if (y < scroll) return y;
  const bottom = y + shape.cellHeight - shape.height;
  return bottom > scroll ? bottom : scroll;
}

const MOVES = 'ArrowRight ArrowLeft ArrowDown ArrowUp PageDown PageUp Home End'.split(' ');

/** Whether a key moves the selection of a grid. */
export function isMove(key: string): boolean {
  return MOVES.includes(key);
}

/** Where a key moves the selection; null = the key is none of the grid's, or there is nothing to move to. */
export function moved(shape: GridShape, index: number, key: string): number | null {
  if (shape.total <= 0) return null;
  const columns = columnsOf(shape);
  const page = Math.max(1, Math.floor(shape.height / shape.cellHeight)) * columns;
  const steps: Record<string, number> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    PageDown: page,
    PageUp: -page,
    Home: -index,
    End: shape.total - 1 - index,
  };
  const step = steps[key];
  if (step === undefined) return null;
  const next = index + step;
  if (next < 0) return key === 'ArrowUp' ? index : 0;
  if (next >= shape.total) return key === 'ArrowDown' ? index : shape.total - 1;
  return next;
}
