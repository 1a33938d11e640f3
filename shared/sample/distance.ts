/**
 * Signed distance functions: negative inside, positive outside, in the units of the coordinates. Exact or, for
 * corners, close enough for anti-aliasing. Formulas are elementary geometry; y points down.
 */
export type Distance = (x: number, y: number) => number;

export function disc(cx: number, cy: number, radius: number): Distance {
  return (x, y) => Math.sqrt((x - cx) * (x - cx) + (y - cy) * (y - cy)) - radius;
}

export function box(cx: number, cy: number, halfWidth: number, halfHeight: number): Distance {
  return (x, y) => {
    const dx = Math.abs(x - cx) - halfWidth;
    const dy = Math.abs(y - cy) - halfHeight;
    if (dx <= 0 || dy <= 0) return Math.max(dx, dy);
    return Math.sqrt(dx * dx + dy * dy);
  };
}

/** Regular polygon around the origin. @param apothem distance of its sides; @param turn angle of one side's normal */
export function polygon(sides: number, apothem: number, turn: number): Distance {
  const normals = Array.from({ length: sides }, (_, i) => {
    const angle = turn + (2 * Math.PI * i) / sides;
    return [Math.cos(angle), Math.sin(angle)] as const;
  });
  return (x, y) => {
    let most = -Infinity;
    for (const [nx, ny] of normals) most = Math.max(most, nx * x + ny * y);
    return most - apothem;
  };
}

/** A line with round ends. */
export function stroke(ax: number, ay: number, bx: number, by: number, radius: number): Distance {
  const vx = bx - ax;
  const vy = by - ay;
  const length = vx * vx + vy * vy || 1;
  return (x, y) => {
    const t = Math.max(0, Math.min(1, ((x - ax) * vx + (y - ay) * vy) / length));
    const dx = x - ax - t * vx;
    const dy = y - ay - t * vy;
    return Math.sqrt(dx * dx + dy * dy) - radius;
  };
}

export function ring(radius: number, halfWidth: number): Distance {
  return (x, y) => Math.abs(Math.sqrt(x * x + y * y) - radius) - halfWidth;
}

export function union(...parts: Distance[]): Distance {
  return (x, y) => {
    let least = Infinity;
    for (const part of parts) least = Math.min(least, part(x, y));
    return least;
  };
}
