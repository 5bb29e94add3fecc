// What charts need of D3: number and time formats as the field's configs spell them, curves and marks by their names, round ticks.
export { ticks } from 'd3-array';
export { format } from 'd3-format';
export {
  curveBasis, curveBundle, curveCardinal, curveCatmullRom, curveLinear, curveMonotoneX, curveMonotoneY, curveNatural, curveStep, curveStepAfter, curveStepBefore,
  symbol, symbolCircle, symbolCross, symbolDiamond, symbolSquare, symbolStar, symbolTriangle, symbolWye,
} from 'd3-shape';
export { utcTickInterval } from 'd3-time';
export { utcFormat, utcParse } from 'd3-time-format';
