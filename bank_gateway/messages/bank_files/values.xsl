  <!-- Values that every stylesheet here writes: each works on the current node, between quotes. -->
  <xsl:template name="text">
    <xsl:choose>
      <xsl:when test="*">",?,"<xsl:value-of select="local-name(*)"/></xsl:when>
      <xsl:when test="contains(., '&quot;')"><xsl:call-template name="doubled"><xsl:with-param name="rest" select="string(.)"/></xsl:call-template></xsl:when>
      <xsl:otherwise><xsl:value-of select="."/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>
  <xsl:template name="doubled">
    <xsl:param name="rest"/>
    <xsl:choose>
      <xsl:when test="contains($rest, '&quot;')">
        <xsl:value-of select="substring-before($rest, '&quot;')"/>
        <xsl:text>""</xsl:text>
        <xsl:call-template name="doubled"><xsl:with-param name="rest" select="substring-after($rest, '&quot;')"/></xsl:call-template>
      </xsl:when>
      <xsl:otherwise><xsl:value-of select="$rest"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>
  <xsl:template name="formed">
    <xsl:choose>
      <xsl:when test="*">",?,"<xsl:value-of select="local-name(*)"/></xsl:when>
      <xsl:otherwise><xsl:value-of select="translate(., '&quot;', '?')"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>
  <xsl:template name="money">
    <xsl:choose>
      <xsl:when test="*">",?,"<xsl:value-of select="local-name(*)"/></xsl:when>
      <xsl:otherwise><xsl:value-of select="translate(concat(@Ccy, ' ', .), '&quot;', '?')"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>
  <xsl:template name="code_or_proprietary">
    <xsl:choose>
      <xsl:when test="count(*) = 1 and (c:Cd or c:Prtry)"><xsl:for-each select="*"><xsl:call-template name="text"/></xsl:for-each></xsl:when>
      <xsl:otherwise>",?,"<xsl:value-of select="local-name()"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>
