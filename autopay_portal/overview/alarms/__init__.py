"""The pages of alarms: everybody's for AutoPay Central, a company's own for its people."""
