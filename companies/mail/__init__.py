"""Mail about alarms: what is to be told is noted with the alarm, gathered into mails, and sent until it is sent.

A mail says how many alarms are new and how many wait, and where they stand; never what they are about.
"""
