"""Pages of the firms: order, licence and terms, companies, services in use, getting started, the sandbox's mail."""
