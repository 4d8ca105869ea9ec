/** How each app starts. */

import { mount, type Component } from 'svelte'
import './style.css'
import { followLinks } from './route'
import { useTexts, type Catalogues } from './texts'

/** Draw an app into the page. */
export function start(app: Component, texts: Catalogues): void {
  useTexts(texts)
  followLinks()
  mount(app, { target: document.getElementById('app')! })
}
