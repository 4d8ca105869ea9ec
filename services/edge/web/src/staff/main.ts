import { install } from '@common/installing'
import { start } from '@common/start'
import App from './App.svelte'
import { device } from './device.svelte'
import en from './texts/en.json'
import ja from './texts/ja.json'

start(App, { ja, en })
device.start()
install()
