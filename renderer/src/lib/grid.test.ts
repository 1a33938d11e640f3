import { describe, expect, test } from 'vitest';
import {
  cellAt,
  cellOrigin,
  columnsOf,
  contentHeight,
  isMove,
  moved,
  scrollTo,
  visibleRange,
  type GridShape,
} from './grid.ts';

const shape: GridShape = { total: 103, width: 1000, height: 300, cellWidth: 100, cellHeight: 50 };

describe('grid geometry', () => {
  test('columns share the width exactly, whatever rounding does', () => {
    for (let width = 57; width < 2000; width += 13) {
      for (const columns of [1, 3, 7, 11, 49]) {
        expect(columnsOf({ ...shape, width, cellWidth: width / columns })).toBe(columns);
      }
    }
    expect(columnsOf({ ...shape, width: 20 })).toBe(1);
  });

  test('the last row counts although it is not full', () => {
    expect(contentHeight(shape)).toBe(11 * 50);
    expect(contentHeight({ ...shape, total: 0 })).toBe(0);
  });

  test('what is visible covers the window and no more', () => {
    expect(visibleRange(shape, 0)).toEqual([0, 60]);
    expect(visibleRange(shape, 25)).toEqual([0, 70]);
    expect(visibleRange(shape, 250)).toEqual([50, 103]);
    expect(visibleRange({ ...shape, total: 0 }, 0)).toEqual([0, 0]);
  });

  test('every cell is found again at its own place', () => {
    for (let i = 0; i < shape.total; i++) {
      const { x, y } = cellOrigin(shape, i);
      expect(cellAt(shape, x + 1, y + 1)).toBe(i);
    }
    expect(cellAt(shape, 350, 525)).toBeNull();
    expect(cellAt(shape, 1001, 10)).toBeNull();
    expect(cellAt(shape, -1, 10)).toBeNull();
  });

  test('scrolls only as far as needed', () => {
    expect(scrollTo(shape, 0, 120)).toBe(0);
    expect(scrollTo(shape, 35, 120)).toBe(120);
    expect(scrollTo(shape, 95, 0)).toBe(9 * 50 + 50 - 300);
  });

  test.each([
    ['ArrowRight', 5, 6],
    ['ArrowLeft', 0, 0],
    ['ArrowDown', 5, 15],
    ['ArrowDown', 98, 98],
    ['ArrowUp', 4, 4],
    ['PageDown', 5, 65],
    ['PageDown', 60, 102],
    ['PageUp', 65, 5],
    ['Home', 50, 0],
    ['End', 50, 102],
    ['Tab', 50, null],
  ])('%s from %i', (key, from, to) => expect(moved(shape, from, key)).toBe(to));

  test('an empty grid has nowhere to go', () => {
    for (const key of ['ArrowRight', 'ArrowDown', 'End', 'PageDown'])
      expect(moved({ ...shape, total: 0 }, 0, key)).toBeNull();
  });

  test('knows its keys', () => {
    expect(isMove('PageUp')).toBe(true);
    expect(isMove('Tab')).toBe(false);
  });
});
