/** A wire adapter that asks when its configuration is complete; an answer that another question has overtaken is dropped. */
export class Adapter {
    nothing = {};

    constructor(hand) {
        this.hand = hand;
        this.hand(this.nothing);
    }

    connect() {
        this.connected = true;
        this.load();
    }

    disconnect() {
        this.connected = false;
    }

    update(config) {
        this.config = config;
        this.load();
    }

    async load() {
        const { config } = this;
        if (!this.connected || !config || !this.isComplete(config)) {
            return;
        }
        const refresh = () => this.load();
        let found;
        try {
            found = await this.ask(config);
        } catch (error) {
            found = this.failed(error);
        }
        if (this.connected && this.config === config) {
            this.hand({ ...found, refresh });
        }
    }
}
