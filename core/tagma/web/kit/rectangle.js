/**
 * Geometry of a rectangle as results hold it: x, y, width, height in percent of the image, rotated by degrees clockwise about
 * its top-left corner. Everything here is pure; points and sizes are in pixels of the image.
 *
 * @typedef {import('../tagma.js').Point} Point
 * @typedef {import('../tagma.js').Size} Size
 */
const RADIANS = Math.PI / 180;

/** @param {any} value @param {Size} size */
export function toPixels(value, size) {
  return {
    x: (value.x / 100) * size.width, y: (value.y / 100) * size.height,
    width: (value.width / 100) * size.width, height: (value.height / 100) * size.height, rotation: value.rotation || 0,
  };
}

/** @param {{x: number, y: number, width: number, height: number, rotation?: number}} box @param {Size} size */
export function toPercent({ x, y, width, height, rotation = 0 }, size) {
  return {
    x: (x / size.width) * 100, y: (y / size.height) * 100,
    width: (width / size.width) * 100, height: (height / size.height) * 100, rotation: ((rotation % 360) + 360) % 360,
  };
}

/** Turn a vector clockwise (y points down). @param {Point} point @param {number} degrees */
export function turn({ x, y }, degrees) {
  const cos = Math.cos(degrees * RADIANS);
  const sin = Math.sin(degrees * RADIANS);
  return { x: x * cos - y * sin, y: x * sin + y * cos };
}

/** Corners from the top-left on, clockwise. @param {any} value @param {Size} size @returns {Point[]} */
export function corners(value, size) {
  const { x, y, width, height, rotation } = toPixels(value, size);
  if (!rotation) return [{ x, y }, { x: x + width, y }, { x: x + width, y: y + height }, { x, y: y + height }];
  return [[0, 0], [width, 0], [width, height], [0, height]].map(([dx, dy]) => {
    const moved = turn({ x: dx, y: dy }, rotation);
    return { x: x + moved.x, y: y + moved.y };
  });
}

/** The point in the rectangle's own, unrotated frame. @param {any} box pixels @param {Point} point */
function local(box, point) {
  return turn({ x: point.x - box.x, y: point.y - box.y }, -box.rotation);
}

const CURSORS = ['ns-resize', 'nesw-resize', 'ew-resize', 'nwse-resize'];
/** Handle -> which edges it moves, and the direction its cursor points at before rotation (in eighths of a turn). */
const HANDLES = /** @type {const} */ ({
  nw: [-1, -1, 7], n: [0, -1, 0], ne: [1, -1, 1], e: [1, 0, 2], se: [1, 1, 3], s: [0, 1, 4], sw: [-1, 1, 5], w: [-1, 0, 6],
});

/** @type {import('../tagma.js').Shape} */
export const rectangle = {
  name: 'rectangle',

  bounds(value, size) {
    const points = corners(value, size);
    const xs = points.map((point) => point.x);
    const ys = points.map((point) => point.y);
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  },

  hit(value, size, point, slack) {
    const box = toPixels(value, size);
    const { x, y } = local(box, point);
    return x >= -slack && y >= -slack && x <= box.width + slack && y <= box.height + slack;
  },

  onEdge(value, size, point, slack) {
    const box = toPixels(value, size);
    const { x, y } = local(box, point);
    const inside = x > slack && y > slack && x < box.width - slack && y < box.height - slack;
    return rectangle.hit(value, size, point, slack) && !inside;
  },

  handles(value, size) {
    const box = toPixels(value, size);
    const eighth = Math.round(box.rotation / 45);
    return Object.entries(HANDLES).map(([name, [sx, sy, direction]]) => {
      const moved = turn({ x: (box.width * (sx + 1)) / 2, y: (box.height * (sy + 1)) / 2 }, box.rotation);
      return { name, x: box.x + moved.x, y: box.y + moved.y, cursor: CURSORS[(((direction + eighth) % 4) + 4) % 4] };
    });
  },

  drag(value, size, handle, from, to, keys) {
    const box = toPixels(value, size);
    const dx = to.x - from.x;
    const dy = to.y - from.y;
    if (handle === 'move') return moved(box, dx, dy, size);
    if (handle === 'rotate') return rotated(box, from, to, size, keys.shift);
    return resized(box, handle, dx, dy, size, keys);
  },

  path(path, value, size, toScreen) {
    const { x, y, width, height, rotation } = toPixels(value, size);
    const start = toScreen({ x, y });
    if (!rotation) {
      const end = toScreen({ x: x + width, y: y + height });
      path.rect(start.x, start.y, end.x - start.x, end.y - start.y);
      return;
    }
    const [first, ...rest] = corners(value, size).map(toScreen);
    path.moveTo(first.x, first.y);
    for (const point of rest) path.lineTo(point.x, point.y);
    path.closePath();
  },

  draw(from, to, size, keys) {
    let width = to.x - from.x;
    let height = to.y - from.y;
    if (keys.shift) {
      const side = Math.max(Math.abs(width), Math.abs(height));
      width = side * (Math.sign(width) || 1);
      height = side * (Math.sign(height) || 1);
    }
    const x0 = clamp(Math.min(from.x, from.x + width), size.width);
    const y0 = clamp(Math.min(from.y, from.y + height), size.height);
    const x1 = clamp(Math.max(from.x, from.x + width), size.width);
    const y1 = clamp(Math.max(from.y, from.y + height), size.height);
    return toPercent({ x: x0, y: y0, width: x1 - x0, height: y1 - y0, rotation: 0 }, size);
  },

  quarter(value, size) {
    // turned to the right, the lower left corner becomes the upper left one, and the sides change places
    const box = toPixels(value, size);
    const [, , , corner] = corners(value, size);
    const { x, y, width, height } = toPercent({ x: size.height - corner.y, y: corner.x, width: box.height, height: box.width }, { width: size.height, height: size.width });
    return { x, y, width, height };
  },

  snap(value, size) {
    if (value.rotation) return value;
    const [x0, y0, x1, y1] = rectangle.bounds(value, size).map(Math.round);
    return { ...value, ...toPercent({ x: x0, y: y0, width: x1 - x0, height: y1 - y0 }, size) };
  },

  describe(value, size) {
    const box = toPixels(value, size);
    const words = [['x', box.x], ['y', box.y], ['w', box.width], ['h', box.height]].map(([name, number]) => ({ name: String(name), value: String(Math.round(Number(number))) }));
    return [...words, { name: '∠', value: `${Math.round(box.rotation)}°` }];
  },
};

/** @param {number} value @param {number} most */
function clamp(value, most) {
  return Math.min(Math.max(value, 0), most);
}

/** @param {any} box @param {number} dx @param {number} dy @param {Size} size */
function moved(box, dx, dy, size) {
  const value = toPercent(box, size);
  const [x0, y0, x1, y1] = rectangle.bounds(value, size);
  // a shape inside the picture stays inside; one that hangs over already may move freely
  const inside = x0 >= -0.5 && y0 >= -0.5 && x1 <= size.width + 0.5 && y1 <= size.height + 0.5;
  const ddx = inside ? Math.min(Math.max(dx, -x0), size.width - x1) : dx;
  const ddy = inside ? Math.min(Math.max(dy, -y0), size.height - y1) : dy;
  const { x, y } = toPercent({ ...box, x: box.x + ddx, y: box.y + ddy }, size);
  return { x, y };
}

/** By the angle between two points, about the middle on screen; the top-left corner moves along, as the stored form wants it. @param {any} box @param {Point} from @param {Point} to @param {Size} size @param {boolean} steps */
function rotated(box, from, to, size, steps) {
  const half = { x: box.width / 2, y: box.height / 2 };
  const offset = turn(half, box.rotation);
  const middle = { x: box.x + offset.x, y: box.y + offset.y };
  const angle = (/** @type {Point} */ point) => Math.atan2(point.y - middle.y, point.x - middle.x) / RADIANS;
  let rotation = box.rotation + angle(to) - angle(from);
  if (steps) rotation = Math.round(rotation / 15) * 15;
  const back = turn(half, rotation);
  const value = toPercent({ ...box, x: middle.x - back.x, y: middle.y - back.y, rotation }, size);
  return { x: value.x, y: value.y, rotation: value.rotation };
}

/** Whether a box lies in the picture. @param {any} value @param {Size} size */
function within(value, size) {
  const [x0, y0, x1, y1] = rectangle.bounds(value, size);
  return x0 >= -0.01 && y0 >= -0.01 && x1 <= size.width + 0.01 && y1 <= size.height + 0.01;
}

/** A turned box that lies in the picture stays in it: it follows the pointer as far as that holds. @param {any} box @param {string} handle @param {number} dx @param {number} dy @param {Size} size @param {{shift: boolean, alt: boolean}} keys */
function resized(box, handle, dx, dy, size, keys) {
  const part = (/** @type {number} */ share) => stretched(box, handle, dx * share, dy * share, size, keys);
  const fits = (/** @type {any} */ patch) => within({ ...patch, rotation: box.rotation }, size);
  const whole = part(1);
  if (!box.rotation || fits(whole) || !within(toPercent(box, size), size)) return whole;
  let [low, high] = [0, 1];
  for (let i = 0; i < 20; i++) {
    const middle = (low + high) / 2;
    if (fits(part(middle))) low = middle;
    else high = middle;
  }
  return part(low);
}

/** The opposite corner or edge stays where it is. @param {any} box @param {string} handle @param {number} dx @param {number} dy @param {Size} size @param {{shift: boolean, alt: boolean}} keys */
function stretched(box, handle, dx, dy, size, keys) {
  const [sx, sy] = HANDLES[/** @type {keyof typeof HANDLES} */ (handle)];
  const delta = turn({ x: dx, y: dy }, -box.rotation);
  let left = sx < 0 ? delta.x : 0;
  let top = sy < 0 ? delta.y : 0;
  let right = box.width + (sx > 0 ? delta.x : 0);
  let bottom = box.height + (sy > 0 ? delta.y : 0);
  if (keys.shift && sx && sy && box.width > 0 && box.height > 0) {
    const scale = Math.max((right - left) / box.width, (bottom - top) / box.height);
    if (sx < 0) left = right - box.width * scale;
    else right = left + box.width * scale;
    if (sy < 0) top = bottom - box.height * scale;
    else bottom = top + box.height * scale;
  }
  if (!box.rotation) {
    // a dragged edge may pass the other one, and what hangs over may stay as far out as it is
    const across = (/** @type {number} */ edge) => Math.min(Math.max(edge, Math.min(0, -box.x)), Math.max(box.width, size.width - box.x));
    const down = (/** @type {number} */ edge) => Math.min(Math.max(edge, Math.min(0, -box.y)), Math.max(box.height, size.height - box.y));
    [left, right, top, bottom] = [across(left), across(right), down(top), down(bottom)];
  }
  const x0 = Math.min(left, right);
  const y0 = Math.min(top, bottom);
  const corner = turn({ x: x0, y: y0 }, box.rotation);
  const { x, y, width, height } = toPercent(
    { x: box.x + corner.x, y: box.y + corner.y, width: Math.abs(right - left), height: Math.abs(bottom - top), rotation: box.rotation }, size);
  return { x, y, width, height };
}
