import { Component } from 'preact';

/**
 * A component that is rendered again only when one of its properties is another value. It reads no signals: what it shows comes as
 * properties.
 */
export abstract class Still<Props extends object> extends Component<Props> {
  override shouldComponentUpdate(next: Readonly<Props>): boolean {
    const names = Object.keys(next) as (keyof Props)[];
    return names.some((name) => next[name] !== this.props[name as never]);
  }
}
